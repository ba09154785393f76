package mail

import (
	"regexp"
	"strings"
)

// replyMark is what mail programs put before the subject of an answer or a
// forwarded message, in the languages of our clinics' correspondents: English,
// German (AW, WG), French (RE, TR), Italian (R, Rif, I), Romanian (Răsp, Redirecționat),
// Dutch (Antw), Nordic (SV, VS), Polish (Odp), Hungarian (Vá), Spanish (RV), each
// also with a count as in Re[2]:.
var replyMark = regexp.MustCompile(`(?i)^\s*(?:re|fwd?|aw|wg|tr|r|rif|i|răsp|rasp|redirecționat|redirectionat|redir|antw|sv|vs|odp|vá|rv|ref|res|enc)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]`)

// NormaliseSubject returns a subject without the marks of answers and forwarding,
// in lower case and with single spaces: equal for all messages of a thread whose
// programs keep no References.
func NormaliseSubject(subject string) string {
	for {
		mark := replyMark.FindStringIndex(subject)
		if mark == nil {
			break
		}
		subject = subject[mark[1]:]
	}
	return strings.ToLower(strings.Join(strings.Fields(subject), " "))
}

// IsReply reports whether a subject has the mark of an answer or of forwarding.
// Threads by subject alone are for such messages only: two clients who both
// write "Appointment" are not in one conversation.
func IsReply(subject string) bool { return replyMark.MatchString(subject) }

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
