package mail

import "strings"

// Origin says who wrote a message, as far as its header tells.
type Origin string

// The origins.
const (
	OriginPerson Origin = "person"
	// OriginList: somebody wrote it, and it came through a list or in bulk. A clinic whose
	// address is a group of Google's gets all of its clients' mail so.
	OriginList Origin = "list"
	// OriginProgram: a delivery report, a delay notice, an auto-reply, a notice. Nobody
	// reads an answer to it, or a program does.
	OriginProgram Origin = "program"
)

// originOf judges a header. Every field of a name is asked: a server on the way may have
// put its own before the sender's.
func originOf(header fields, from Address) Origin {
	some := func(name string, holds func(value string) bool) bool {
		for _, value := range header[name] {
			if holds(strings.ToLower(strings.TrimSpace(value))) {
				return true
			}
		}
		return false
	}
	for name, holds := range ofProgram {
		if some(name, holds) {
			return OriginProgram
		}
	}
	if isPostmaster(from.Address) {
		return OriginProgram
	}
	for name, holds := range ofList {
		if some(name, holds) {
			return OriginList
		}
	}
	return OriginPerson
}

func isGiven(value string) bool { return value != "" }

// ofProgram: RFC 3834, 5 (Auto-Submitted), RFC 5321, 4.5.5 (no reverse path), RFC 6522
// and 8098 (reports), and what programs used before those.
var ofProgram = map[string]func(value string) bool{
	"auto-submitted": func(value string) bool {
		keyword, _, _ := strings.Cut(value, ";")
		keyword, _, _ = strings.Cut(keyword, "(")
		keyword = strings.TrimSpace(keyword)
		return keyword != "" && keyword != "no"
	},
	"return-path": func(value string) bool { return strings.Join(strings.Fields(value), "") == "<>" },
	"content-type": func(value string) bool {
		media, _, _ := strings.Cut(value, ";")
		media = strings.TrimSpace(media)
		return media == "multipart/report" || media == "message/delivery-status" || media == "message/disposition-notification"
	},
	"precedence":               func(value string) bool { return value == "auto_reply" || value == "auto-reply" },
	"x-autoreply":              isGiven,
	"x-autorespond":            isGiven,
	"x-auto-response-suppress": isGiven,
	"x-failed-recipients":      isGiven,
}

// ofList: RFC 2919 and 2369 (lists), and the Precedence that no standard defines (RFC
// 2076, 3.9).
var ofList = map[string]func(value string) bool{
	"list-id": isGiven, "list-post": isGiven, "list-unsubscribe": isGiven, "feedback-id": isGiven,
	"precedence": func(value string) bool { return value == "bulk" || value == "list" || value == "junk" },
}

// isPostmaster reports whether an address is one that mail servers write as (RFC 2142, 5).
func isPostmaster(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "mailer-daemon" || local == "postmaster"
}
