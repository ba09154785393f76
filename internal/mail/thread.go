package mail

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// marks are what mail programs put before the subject of an answer or a forwarded
// message, in their languages: English, German (AW, WG), French (RE, TR), Italian (R, Rif,
// I), Romanian (Răsp, Redirecționat), Spanish and Portuguese (RES, RV, ENC), Dutch (Antw,
// Doorst), Nordic (SV, VS, VB, VL, FS), Polish (Odp, PD), Hungarian (Vá, Továbbítás), Baltic
// (Ats, Atb), Welsh (YML), Turkish (YNT, İLT), Indonesian (BLS, TRS), Vietnamese, Greek,
// Russian, Ukrainian, Bulgarian, Hebrew, Arabic, Chinese, Japanese and Korean.
const marks = `re|fwd?|aw|antwort|wg|tr|r|rif|i|inoltra|inoltro|răsp|raspuns|răspuns|rasp|redirecționat|redirectionat|redir|antw|doorst|` +
	`sv|vs|vb|vl|fs|odp|odpowiedź|pd|vá|továbbítás|rv|ref|res|enc|ats|atb|yml|ynt|[iİ]̇?lt|bls|trs|trả lời|chuyển tiếp|` +
	`απ|απάντηση|σχετ|πρθ|προώθηση|на|отв|ответ|пер|пересл|відп|перес|відповідь|отг|отговор|отн|препр|` +
	`השב|תגובה|הועבר|رد|إعادة توجيه|回复|答复|回覆|转发|轉寄|轉發|返信|転送|회신|답장|전달`

// replyMark is one of them, each also with a count as in Re[2]: or Re^2:.
var replyMark = regexp.MustCompile(`(?i)^\s*(?:` + marks + `)\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*:`)

// gatewayTag is what mail gateways put before the subject of what comes from outside or
// looks bad to them. What else stands in brackets is the sender's own: [Invoice 7] and
// [Invoice 8] are two threads.
var gatewayTag = regexp.MustCompile(`(?i)^\s*(?:[\[({<*!]+\s*(?:(?:possible|suspected|probable|likely)\s+)?` +
	`(?:external|externe?|extern[ao]|esterno|ext|outside|spam|junk|bulk|caution|warning|unverified|suspicious|phishing|encrypted|secure)` +
	`(?:[\s_-]*(?:sender|e-?mail|mail|message|msg|source))*\s*[\])}>*!]+\s*[:-]?|(?:external|extern|ext)\s*:)`)

// NormaliseSubject returns a subject without the marks of answers, of forwarding and of
// gateways, in lower case and with single spaces: equal for all messages of a thread whose
// programs keep no References.
func NormaliseSubject(subject string) string {
	rest, _ := withoutMarks(subject)
	return strings.ToLower(strings.Join(strings.Fields(rest), " "))
}

// IsReply reports whether a subject has the mark of an answer or of forwarding.
// Threads by subject alone are for such messages only: two clients who both
// write "Appointment" are not in one conversation.
func IsReply(subject string) bool {
	_, reply := withoutMarks(subject)
	return reply
}

// withoutMarks returns what stands behind all marks, and whether one was of an answer.
// Wide forms of letters and colons are read as the usual ones.
func withoutMarks(subject string) (rest string, reply bool) {
	rest = strings.TrimLeftFunc(norm.NFKC.String(subject), unseen)
	for {
		if mark := replyMark.FindStringIndex(rest); mark != nil {
			rest, reply = rest[mark[1]:], true
		} else if tag := gatewayTag.FindStringIndex(rest); tag != nil {
			rest = rest[tag[1]:]
		} else {
			return rest, reply
		}
		rest = strings.TrimLeftFunc(rest, unseen)
	}
}

// unseen is true for blanks and for marks of direction and joining.
func unseen(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// ThreadIDs returns the ids of the messages that this one answers, nearest
// first: In-Reply-To, then References from the end (RFC 5322, 3.6.4). The first
// that is known decides the conversation.
func (p Parsed) ThreadIDs() []string {
	ids := make([]string, 0, len(p.References)+1)
	seen := map[string]bool{"": true}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	add(p.InReplyTo)
	for i := len(p.References) - 1; i >= 0; i-- {
		add(p.References[i])
	}
	return ids
}

// maxReferences is how many ids an answer carries; RFC 5322 lets a program drop
// those between the first and the last.
const maxReferences = 50

// ReplyReferences returns the References of an answer to p: those of p, then p.
func (p Parsed) ReplyReferences() []string {
	references := append([]string(nil), p.References...)
	if len(references) == 0 && p.InReplyTo != "" {
		references = append(references, p.InReplyTo)
	}
	if p.MessageID != "" {
		references = append(references, p.MessageID)
	}
	if len(references) > maxReferences {
		references = append(references[:1], references[len(references)-maxReferences+1:]...)
	}
	return references
}

// IsAutomatic reports whether a message was sent by a program: an out-of-office
// note, a list, a delivery report. No automatic answer may go to such a message,
// or two programs would write to each other for ever (RFC 3834, 2; hazard 66).
// header returns the first value of a field, by its name in lower case.
func IsAutomatic(header func(name string) string) bool {
	submitted, _, _ := strings.Cut(strings.ToLower(header("auto-submitted")), ";")
	if submitted = strings.TrimSpace(submitted); submitted != "" && submitted != "no" {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(header("precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, name := range []string{"list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-response-suppress", "feedback-id"} {
		if header(name) != "" {
			return true
		}
	}
	if header("return-path") == "<>" {
		return true
	}
	return strings.HasPrefix(strings.ToLower(header("content-type")), "multipart/report")
}
