package invite_test

import (
	"regexp"

	"frontdesk/internal/testkit/clinic"
)

// masked is a page without what differs between two requests: tokens and the
// request's id.
func masked(answer *clinic.Answer) string {
	text := regexp.MustCompile(`(name="_csrf" value|name="csrf-token" content)="[^"]*"`).ReplaceAllString(string(answer.Body), "")
	return regexp.MustCompile(`<code[^>]*>[^<]*</code>`).ReplaceAllString(text, "")
}
