package conversation_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"frontdesk/internal/mail"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestMailArrivesIsAnsweredAndTheAnswerToThatJoinsTheConversation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("root@x.example", "Ana Pop <ana@x.example>", "Programare", "Aveți loc luni?"))
	if err := f.world.Server.StartJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the mail is here", func() bool { return len(f.conversations()) == 1 })
	id := f.only()
	answer := f.owner.Post("/inbox/"+id+"/messages", url.Values{"body": {"Da, la 9:30.\nVă așteptăm!"}})
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/inbox/"+id) {
		t.Fatalf("the answer's form answered %d %q", answer.Status, answer.Location())
	}
	sent := f.smtp.Next(t)
	parsed := mail.Parse(sent.Raw)
	if len(sent.To) != 1 || sent.To[0] != "ana@x.example" || parsed.Subject != "Re: Programare" || parsed.InReplyTo != "root@x.example" {
		t.Errorf("to %v, %q, in reply to %q", sent.To, parsed.Subject, parsed.InReplyTo)
	}
	if len(parsed.References) != 1 || parsed.References[0] != "root@x.example" || !strings.Contains(parsed.Text, "Vă așteptăm!") {
		t.Errorf("references %v, text %q", parsed.References, parsed.Text)
	}
	if parsed.MessageID != f.clinic.Text("select message_id from messages where direction = 'out'") {
		t.Errorf("it left as %q", parsed.MessageID)
	}
	testkit.Eventually(t, "the page says sent", func() bool {
		return f.owner.Get("/inbox/"+id).Find(`[data-delivery="sent"]`).Length() == 1
	})
	f.deliver(letter("again@x.example", "Ana Pop <ana@x.example>", "Re: Programare", "Mulțumesc!", "In-Reply-To: <"+parsed.MessageID+">"))
	if sync := f.owner.Post("/settings/email/"+f.mailboxID.String()+"/sync", nil); sync.Status != http.StatusSeeOther {
		t.Fatalf("sync now answered %d", sync.Status)
	}
	testkit.Eventually(t, "three messages are in the conversation", func() bool {
		return f.owner.Get("/inbox/"+id).Find("[data-message]").Length() == 3
	})
	f.only()
}

// question delivers one mail and returns its conversation.
func (f *fixture) question() string {
	f.t.Helper()
	f.deliver(letter("root@x.example", "Ana Pop <ana@x.example>", "Question", "May I ask?"))
	f.read()
	return f.only()
}

func (f *fixture) answer(id, body string) {
	f.t.Helper()
	if answer := f.owner.Post("/inbox/"+id+"/messages", url.Values{"body": {body}}); answer.Status != http.StatusSeeOther {
		f.t.Fatalf("the answer's form answered %d", answer.Status)
	}
}

func (f *fixture) delivery() string {
	f.t.Helper()
	return f.clinic.Text("select delivery || ' ' || delivery_error from messages where direction = 'out' order by id desc limit 1")
}

func TestHazard066WhatTheServerSaysDecidesWhetherAnAnswerIsSentAgain(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		answer  testkit.SMTPAnswer
		attempt int
		want    string
		retried bool
	}{
		"later":              {testkit.SMTPTemporary, 1, "queued refused", true},
		"later, at last":     {testkit.SMTPTemporary, 12, "failed refused", false},
		"refused":            {testkit.SMTPPermanent, 1, "failed refused", false},
		"recipient refused":  {testkit.SMTPRecipientRefused, 1, "failed recipient", false},
		"silent after DATA":  {testkit.SMTPSilent, 1, "unknown timeout", false},
		"closed after DATA":  {testkit.SMTPClosed, 1, "unknown unreachable", false},
		"wrong credentials":  {testkit.SMTPCredentialsRefused, 1, "failed credentials", false},
		"trouble at sign-in": {testkit.SMTPCredentialsTrouble, 1, "queued unreachable", true},
	}
	f := newFixture(t)
	id := f.question()
	for name, c := range cases {
		f.smtp.Answer(c.answer)
		f.post.AnswerTime = 0
		if c.answer == testkit.SMTPSilent { // nobody else is hurried: a busy machine answers late as well
			f.post.AnswerTime = 500 * time.Millisecond
		}
		f.answer(id, "An answer: "+name)
		err := f.send(c.attempt, 12)
		if got := f.delivery(); got != c.want || (err != nil) != c.retried {
			t.Errorf("%s: %q and %v", name, got, err)
		}
	}
	f.smtp.Answer(testkit.SMTPTaken)
	page := f.owner.Get("/inbox/" + id)
	if page.Find(`[data-delivery="unknown"] form`).Length() != 2 || page.Find(`[data-delivery="failed"] form`).Length() != 4 {
		t.Errorf("the page does not offer to send again: %d unknown, %d failed", page.Find(`[data-delivery="unknown"]`).Length(), page.Find(`[data-delivery="failed"]`).Length())
	}
}

func TestHazard066ASecondAttemptHasTheSameMessageID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	f.smtp.Answer(testkit.SMTPTemporary)
	f.answer(id, "Once.")
	if err := f.send(1, 12); err == nil {
		t.Fatal("a temporary refusal is no reason to try again")
	}
	f.smtp.Answer(testkit.SMTPTaken)
	if err := f.send(2, 12); err != nil || f.delivery() != "sent " {
		t.Fatalf("%v, %q", err, f.delivery())
	}
	if err := f.send(3, 12); err != nil {
		t.Fatal(err)
	}
	messages := f.smtp.Messages()
	if len(messages) != 2 || !slices.Equal(sortedLines(messages[0].Raw), sortedLines(messages[1].Raw)) {
		t.Fatalf("%d attempts, and they differ", len(messages))
	}
}

// sortedLines leaves out the order of the headers, which the library does not
// keep and which means nothing (RFC 5322, 3.6).
func sortedLines(raw []byte) []string {
	return slices.Sorted(strings.SplitSeq(string(raw), "\r\n"))
}

func TestHazard082ASendingThatWasKilledIsUnknownAndNotRepeated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	f.answer(id, "Was it sent?")
	// The process was killed after its claim.
	if got := f.count("messages where direction = 'out' and delivery = 'queued'"); got != 1 {
		t.Fatalf("%d answers wait", got)
	}
	f.clinic.Execute("update messages set delivery = 'sending' where direction = 'out'")
	if err := f.send(2, 12); err != nil {
		t.Fatal(err)
	}
	if got := f.delivery(); got != "unknown interrupted" || len(f.smtp.Messages()) != 0 {
		t.Fatalf("it is %q, and %d messages left", got, len(f.smtp.Messages()))
	}
	messageID := f.clinic.Text("select id from messages where direction = 'out'")
	if again := f.owner.Post("/inbox/"+id+"/messages/"+messageID+"/delivery", nil); again.Status != http.StatusSeeOther {
		t.Fatalf("send again answered %d", again.Status)
	}
	if err := f.send(1, 12); err != nil || f.delivery() != "sent " {
		t.Fatalf("sent again: %v, %q", err, f.delivery())
	}
}

// Two copies of the program may have its job, as when one was taken for ended that was only
// asleep: each may say what it knows, and one sends.
func TestHazard129OfManyThatHaveTheJobOfAnAnswerOneSendsIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	for n := range 5 {
		f.answer(id, "Answer "+strconv.Itoa(n))
		var copies errgroup.Group
		for range 6 {
			copies.Go(func() error { return f.send(1, 12) })
		}
		if err := copies.Wait(); err != nil {
			t.Error(err)
		}
		if got := f.delivery(); got != "sent " || len(f.smtp.Messages()) != n+1 {
			t.Fatalf("answer %d is %q, and %d left", n, got, len(f.smtp.Messages()))
		}
	}
}

func TestHazard065LineBreaksInWhatIsAnsweredAddNoHeaderAndNoRecipient(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver("From: =?utf-8?q?Ana=0D=0ABcc:_evil@x.example?= <ana@x.example>\n" +
		"Subject: =?utf-8?q?Hello=0D=0ABcc:_evil@x.example=0D=0A=0D=0Abody?=\nMessage-ID: <root@x.example>\n\nHello\n")
	f.read()
	f.answer(f.only(), "Fine.\r\nBcc: evil@x.example\r\n.\r\nQUIT")
	if err := f.send(1, 12); err != nil {
		t.Fatal(err)
	}
	sent := f.smtp.Next(t)
	header, body, _ := strings.Cut(string(sent.Raw), "\r\n\r\n")
	if len(sent.To) != 1 || sent.To[0] != "ana@x.example" || strings.Contains(strings.ToLower("\r\n"+header), "\r\nbcc:") {
		t.Errorf("to %v with\n%s", sent.To, header)
	}
	if !strings.Contains(body, "QUIT") {
		t.Errorf("the text ended early: %q", body)
	}
}

func TestHazard072AnAnswerThatIsSubmittedFiveTimesIsOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	key := f.owner.Get("/inbox/" + id).Value(`#answer input[name="_idempotency_key"]`)
	locations := map[string]bool{}
	for range 5 {
		locations[f.owner.Post("/inbox/"+id+"/messages", url.Values{"body": {"Once."}, "_idempotency_key": {key}}).Location()] = true
	}
	if got := f.count("messages where direction = 'out'"); got != 1 || len(locations) != 1 {
		t.Errorf("%d answers, %d locations", got, len(locations))
	}
	empty := f.owner.Post("/inbox/"+id+"/messages", url.Values{"body": {"  \n"}})
	if empty.Status != http.StatusUnprocessableEntity || empty.Find(`#body[aria-invalid="true"]`).Length() != 1 {
		t.Errorf("an empty answer: %d", empty.Status)
	}
}

func TestAnAnswerGoesWhereTheSenderWantsItAndThePageWarns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("root@x.example", "ana@x.example", "Hello", "Answer my office.", "Reply-To: office@y.example"))
	f.deliver("From: nobody\nSubject: No address\n\nHello\n")
	f.read()
	id := f.clinic.Text("select id from conversations where contact_address = 'ana@x.example'")
	page := f.owner.Get("/inbox/" + id)
	if to, _ := page.Find("[data-recipient]").Attr("data-recipient"); to != "office@y.example" || page.Find("[data-elsewhere]").Length() != 1 {
		t.Errorf("the answer goes to %q", to)
	}
	nobody := f.clinic.Text("select id from conversations where contact_address <> 'ana@x.example'")
	if page := f.owner.Get("/inbox/" + nobody); page.Find("[data-obstacle]").Length() != 1 || page.Find("#answer").Length() != 0 {
		t.Error("a sender without an address can be answered")
	}
	if answer := f.owner.Post("/inbox/"+nobody+"/messages", url.Values{"body": {"Hello?"}}); answer.Status != http.StatusUnprocessableEntity || answer.Find("#body").Text() != "Hello?" {
		t.Errorf("an answer to nobody: %d with %q in it", answer.Status, answer.Find("#body").Text())
	}
}

func TestHazard085ASuspendedClinicsMailIsNeitherReadNorSent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	f.answer(id, "Too late.")
	f.suspend()
	if outcome, err := f.sync.Run(f.clinic.Context(), f.mailboxID); err != nil || outcome != mailbox.TenantInactive {
		t.Errorf("the sync ended with %v, %v", outcome, err)
	}
	if err := f.send(1, 12); err != nil || len(f.smtp.Messages()) != 0 {
		t.Errorf("the answer left: %v", err)
	}
}

func TestHazard019AnotherClinicFindsNoneOfIt(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	f, neighbour := fixtureIn(t, world, "alfa"), world.Clinic("beta").SignInOwner()
	f.deliver(withAttachment)
	f.read()
	id, other := f.only(), uuid.NewString()
	messageID, attachmentID := f.clinic.Text("select id from messages"), f.clinic.Text("select id from attachments limit 1")
	for _, address := range []string{
		"/inbox/" + id, "/inbox/" + id + "/messages/" + messageID + "/body", "/inbox/" + id + "/messages/" + messageID + "/source",
		"/inbox/" + id + "/messages/" + messageID + "/delivery", "/inbox/" + id + "/attachments/" + attachmentID,
		"/settings/email/" + f.mailboxID.String(), "/settings/email/" + f.mailboxID.String() + "/state",
	} {
		if answer := neighbour.Get(address); answer.Status != http.StatusNotFound {
			t.Errorf("%s answers the neighbour %d", address, answer.Status)
		}
		if answer := f.owner.Get(strings.Replace(address, id, other, 1)); strings.HasPrefix(address, "/inbox") && answer.Status != http.StatusNotFound {
			t.Errorf("%s under another conversation answers %d", address, answer.Status)
		}
	}
	for _, address := range []string{
		"/inbox/" + id + "/messages", "/inbox/" + id + "/reading", "/inbox/" + id + "/messages/" + messageID + "/delivery",
		"/settings/email/" + f.mailboxID.String() + "/sync", "/settings/email/" + f.mailboxID.String() + "/deactivation",
		"/settings/email/" + f.mailboxID.String() + "/activation", "/settings/email/" + f.mailboxID.String(),
	} {
		if answer := neighbour.Post(address, url.Values{"body": {"Mine."}}); answer.Status != http.StatusNotFound {
			t.Errorf("posting to %s answers the neighbour %d", address, answer.Status)
		}
	}
	if page := neighbour.Get("/inbox"); page.Find(`li[id^="conversation-"]`).Length() != 0 {
		t.Error("the neighbour's inbox lists it")
	}
	if badge := neighbour.Fragment("/inbox/unread"); badge.Text(".count") != "" {
		t.Error("the neighbour's badge counts it")
	}
}
