package invite_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/clock"
	"frontdesk/internal/config"
	"frontdesk/internal/delivery"
	"frontdesk/internal/outbound"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// mailed starts a world whose mail goes to the server; nil configures none.
func mailed(t *testing.T, smtp *testkit.SMTPServer, options ...clinic.Option) *clinic.World {
	t.Helper()
	if smtp == nil {
		return mailedBy(t, "", options...)
	}
	return mailedBy(t, fmt.Sprintf("smtp://localhost:%d?tls=none", smtp.PlainPort), options...)
}

// mailedBy is mailed by the address of the installation's mail server, which trusts
// the machine's authorities alone. It is waited for as long as may be set: a busy machine
// answers late as well.
func mailedBy(t *testing.T, address string, options ...clinic.Option) *clinic.World {
	t.Helper()
	mails := clinic.With(func(c *config.Config) {
		if address != "" {
			c.SMTPURL, c.MailFrom = address, "desk@frontdesk.example"
		}
		c.SMTPTimeout, c.MailCAFile = time.Minute, ""
	})
	return clinic.New(t, append([]clinic.Option{mails}, options...)...)
}

// hasty waits for a mail server for so short that silence is soon told.
var hasty = clinic.With(func(c *config.Config) { c.SMTPTimeout = time.Second })

// asker invites somebody, from the team or from the console.
type asker struct {
	browser *clinic.Browser
	// page shows the invites, and form is where one is made.
	page, form string
	// log counts the rows of an action in the log that tells of it.
	log string
}

func askers(world *clinic.World, alfa *clinic.Clinic) map[string]asker {
	console := "/admin/tenants/" + alfa.ID.String()
	admin := world.Person("admin", true)
	return map[string]asker{
		"team": {
			world.Enter(clinic.Session{UserID: alfa.Owner.ID, TenantID: alfa.ID}), "/team", "/team",
			"select count(*) from audit_events where action::text = $1 and coalesce(after ->> 'reason', '') = $2 and coalesce(after ->> 'sent', '') = $3 and target_name = $4",
		},
		"console": {
			world.Enter(clinic.Session{UserID: admin.ID}), console, console + "/invites",
			"select count(*) from platform_audit_events where tenant_id is not null and action::text = $1 and coalesce(after ->> 'reason', '') = $2 and coalesce(after ->> 'sent', '') = $3 and target_name = $4",
		},
	}
}

func TestHazard042WhatBecameOfTheMailIsSaidEverywhere(t *testing.T) {
	t.Parallel()
	for name, situation := range map[string]struct {
		answer     testkit.SMTPAnswer
		configured bool
		reason     string
	}{
		"taken":                 {testkit.SMTPTaken, true, ""},
		"not configured":        {testkit.SMTPTaken, false, "not_configured"},
		"recipient refused":     {testkit.SMTPRecipientRefused, true, "refused"},
		"message refused":       {testkit.SMTPPermanent, true, "refused"},
		"timed out":             {testkit.SMTPSilent, true, "timeout"},
		"connection was closed": {testkit.SMTPClosed, true, "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var smtp *testkit.SMTPServer
			if situation.configured {
				smtp = testkit.SMTP(t)
				smtp.Answer(situation.answer)
			}
			var options []clinic.Option
			if situation.answer == testkit.SMTPSilent {
				options = append(options, hasty)
			}
			world := mailed(t, smtp, options...)
			alfa := world.Clinic("alfa")
			for who, inviting := range askers(world, alfa) {
				assertOutcome(t, world, inviting, who+"@guest.example", situation.reason)
			}
		})
	}
}

// lateContext is one whose moment has passed and that does not say so yet.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

// promptDialer gives up at that moment, as the network does.
type promptDialer struct{ *outbound.Dialer }

func (promptDialer) Dial(context.Context, string, int) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

func TestAMailServerThatIsTooSlowIsNotCalledUnreachableWhicheverTimerRunsFirst(t *testing.T) {
	t.Parallel()
	post, err := delivery.NewPost("smtp://localhost:25?tls=none", "desk@frontdesk.example", promptDialer{}, clock.System)
	if err != nil {
		t.Fatal(err)
	}
	mailer := delivery.Mailer{Post: post, Patience: time.Minute}
	err = mailer.Send(lateContext{t.Context()}, delivery.Letter{Name: "Ion", Email: "ion@guest.example", Subject: "Join", Text: "Here"})
	if got := delivery.Reason(err); got != "invite.mail_timeout" {
		t.Errorf("the reason is %s (%v)", got, err)
	}
}

func TestAMailServerThatIsSetUpWronglyIsNotCalledUnreachable(t *testing.T) {
	t.Parallel()
	smtp := testkit.SMTP(t)
	for name, address := range map[string]string{
		"a certificate of nobody":    fmt.Sprintf("smtps://localhost:%d", smtp.TLSPort),
		"no STARTTLS":                fmt.Sprintf("smtp://localhost:%d", smtp.PlainPort),
		"no TLS from the first byte": fmt.Sprintf("smtps://localhost:%d", smtp.PlainPort),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := mailedBy(t, address)
			for who, inviting := range askers(world, world.Clinic("alfa")) {
				assertOutcome(t, world, inviting, who+"@guest.example", "setup")
			}
		})
	}
}

// assertOutcome invites, and looks for the outcome in the answer, in the page, in the
// row and in the log. An empty reason means that the mail was sent.
func assertOutcome(t *testing.T, world *clinic.World, inviting asker, email, reason string) {
	t.Helper()
	answer := inviting.browser.Post(inviting.form, url.Values{"name": {"Ion"}, "email": {email}, "_idempotency_key": {uuid.NewString()}})
	sent := fmt.Sprint(reason == "")
	if answer.Status != http.StatusSeeOther || answer.Header.Get("X-Invite-Sent") != sent || answer.Header.Get("X-Invite-Reason") != reason {
		t.Fatalf("%s: %d, sent %q, reason %q", email, answer.Status, answer.Header.Get("X-Invite-Sent"), answer.Header.Get("X-Invite-Reason"))
	}
	links, warnings, state := 1, 1, "failed"
	if reason == "" {
		links, warnings, state = 0, 0, "sent"
	}
	page := inviting.browser.Get(inviting.page)
	if page.Find(`[data-sent="`+sent+`"]`).Length() != 1 || page.Find("a[data-invite-link]").Length() != links {
		t.Errorf("%s: the page after it says %q", email, page.Text("main"))
	}
	if found := page.Find(`tr:contains("` + email + `") [data-not-mailed="invite.mail_` + reason + `"]`).Length(); found != warnings {
		t.Errorf("%s: the list says 'not mailed' %d times", email, found)
	}
	if page.Find(`tr:contains("`+email+`") form[action$="/renewal"]`).Length() != 1 {
		t.Errorf("%s: the list does not offer to send it again", email)
	}
	if n := world.Database.Count(t, "select count(*) from invites where email = $1 and delivery = $2 and delivery_error = case when $3 = '' then '' else 'invite.mail_' || $3 end", email, state, reason); n != 1 {
		t.Errorf("%s: the row does not say so", email)
	}
	if n := world.Database.Count(t, inviting.log, "invite_delivery", reason, sent, email); n != 1 {
		t.Errorf("%s: %d rows in the log", email, n)
	}
	if n := world.Database.Count(t, inviting.log, "invite_create", "", "", email); n != 1 {
		t.Errorf("%s: the making stands %d times in the log", email, n)
	}
}

func TestHazard042AMailThatFailedIsSentAgainWithANewLink(t *testing.T) {
	t.Parallel()
	smtp := testkit.SMTP(t)
	world := mailed(t, smtp)
	alfa := world.Clinic("alfa")
	for who, inviting := range askers(world, alfa) {
		smtp.Answer(testkit.SMTPRecipientRefused)
		email := who + "@guest.example"
		inviting.browser.Post(inviting.form, url.Values{"name": {"Ion"}, "email": {email}})
		failed := inviting.browser.Get(inviting.page)
		old := linkOn(t, world, failed)
		renewal, _ := failed.Find(`tr:contains("` + email + `") form[action$="/renewal"]`).Attr("action")
		smtp.Answer(testkit.SMTPTaken)
		if answer := inviting.browser.Post(renewal, nil); answer.Status != http.StatusSeeOther || answer.Header.Get("X-Invite-Sent") != "true" {
			t.Fatalf("%s: %d", who, answer.Status)
		}
		if raw := strings.ReplaceAll(string(smtp.Next(t).Raw), "=\r\n", ""); !strings.Contains(raw, world.URL+"/invite/") || strings.Contains(raw, old) {
			t.Errorf("%s: the mail has no link, or the old one", who)
		}
		if page := inviting.browser.Get(inviting.page); page.Find(`[data-sent="true"]`).Length() != 1 || page.Find("[data-not-mailed]:contains('"+email+"')").Length() != 0 {
			t.Errorf("%s: %q", who, page.Text("main"))
		}
		if answer := world.Browser().Get(old); answer.Status != http.StatusGone || answer.Find(`[data-reason="invite.replaced"]`).Length() != 1 {
			t.Errorf("%s: the old link answers %d", who, answer.Status)
		}
	}
}
