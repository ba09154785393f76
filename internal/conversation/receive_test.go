package conversation_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/PuerkitoBio/goquery"

	"frontdesk/internal/imap"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard062TheWholeCorpusIsReadAndEachMessageIsShownSafely(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	corpus := testkit.MailCorpus(t)
	if len(corpus) < 40 {
		t.Fatalf("the corpus has %d messages", len(corpus))
	}
	for _, message := range corpus {
		f.account.Deliver(t, message.Raw)
	}
	f.read()
	if got := f.count("messages"); got != len(corpus) {
		t.Fatalf("%d of %d messages are here", got, len(corpus))
	}
	frames := 0
	for _, id := range f.conversations() {
		page := f.owner.Get("/inbox/" + id + "?all=1")
		if page.Status != http.StatusOK {
			t.Fatalf("/inbox/%s answered %d", id, page.Status)
		}
		safePage(t, page)
		page.Find("iframe").Each(func(_ int, frame *goquery.Selection) {
			frames++
			if sandbox := frame.AttrOr("sandbox", "allow-scripts"); strings.Contains(sandbox, "allow-scripts") || strings.Contains(sandbox, "allow-forms") {
				t.Errorf("a frame's sandbox is %q", sandbox)
			}
			safeFrame(t, f.owner.Get(frame.AttrOr("src", "")))
		})
	}
	if frames < 20 {
		t.Errorf("only %d messages have a frame", frames)
	}
	t.Logf("%d messages, %d frames", len(corpus), frames)
}

// safePage: nothing that mail holds has become an element of ours.
func safePage(t *testing.T, page *clinic.Answer) {
	t.Helper()
	page.Find(".message-text *").Each(func(_ int, s *goquery.Selection) {
		if name := goquery.NodeName(s); name != "a" && name != "br" {
			t.Errorf("a text holds <%s>", name)
		}
		noHandlers(t, s)
	})
	page.Find("[data-message] img, [data-message] script").Each(func(_ int, s *goquery.Selection) {
		t.Errorf("a message brought <%s>", goquery.NodeName(s))
	})
}

func safeFrame(t testing.TB, frame *clinic.Answer) {
	t.Helper()
	if frame.Status != http.StatusOK {
		t.Fatalf("a frame answered %d", frame.Status)
	}
	policy := frame.Header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none'", "frame-ancestors 'self'", "base-uri 'none'", "form-action 'none'", "sandbox allow-same-origin"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("a frame's policy lacks %s: %s", rule, policy)
		}
	}
	if strings.Contains(policy, "script") {
		t.Errorf("a frame's policy names scripts: %s", policy)
	}
	frame.Find("main *").Each(func(_ int, s *goquery.Selection) {
		switch name := goquery.NodeName(s); name {
		case "script", "style", "link", "meta", "base", "form", "input", "button", "iframe", "object", "embed", "svg", "math", "template":
			t.Errorf("a frame holds <%s>", name)
		case "img":
			if source := s.AttrOr("src", ""); !strings.HasPrefix(source, "/inbox/") {
				t.Errorf("a frame loads %q", source)
			}
		}
		noHandlers(t, s)
	})
}

func noHandlers(t testing.TB, s *goquery.Selection) {
	t.Helper()
	for _, attribute := range s.Get(0).Attr {
		name, value := strings.ToLower(attribute.Key), strings.ToLower(strings.TrimSpace(attribute.Val))
		switch {
		case strings.HasPrefix(name, "on"), strings.HasPrefix(name, "hx-"), strings.HasPrefix(name, "data-"), name == "id", name == "class", name == "srcdoc":
			t.Errorf("an element has %s=%q", attribute.Key, attribute.Val)
		case strings.HasPrefix(value, "javascript:"), strings.HasPrefix(value, "data:"), name == "style" && strings.Contains(value, "url("):
			t.Errorf("an element has %s=%q", attribute.Key, attribute.Val)
		}
	}
}

func TestHazard059AMailboxNumberedAnewIsReadAgainAndNothingIsDoubled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("one@x.example", "ana@x.example", "First", "The first."))
	// The same id with another text is another mail; the very same bytes twice are
	// two mails as well.
	f.deliver(letter("one@x.example", "ana@x.example", "Second", "Not the first."))
	f.deliver(letter("same@x.example", "ana@x.example", "Same", "Twice."))
	f.deliver(letter("same@x.example", "ana@x.example", "Same", "Twice."))
	f.read()
	if got := f.count("messages"); got != 4 {
		t.Fatalf("%d messages after the first reading", got)
	}
	f.read()
	f.account.RenewUIDValidity(t)
	f.deliver(letter("new@x.example", "ana@x.example", "New", "After the restore."))
	f.read()
	if got := f.count("messages"); got != 5 {
		t.Fatalf("%d messages after the mailbox was numbered anew", got)
	}
	if got := f.clinic.Text("select count(distinct uidvalidity) from messages"); got != "1" {
		t.Errorf("messages are numbered in %s ways", got)
	}
}

func TestHazard059TheSameMailInTwoMailboxesAndTwoClinicsIsKeptInEach(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	here, there := fixtureIn(t, world, "alfa"), fixtureIn(t, world, "beta")
	second := testkit.Mailbox(t)
	secondID := here.addMailbox(second)
	raw := letter("one@x.example", "ana@x.example", "Hello", "To all of you.")
	here.deliver(raw)
	there.deliver(raw)
	second.Deliver(t, []byte(raw))
	here.read()
	there.read()
	here.mailboxID = secondID
	here.read()
	if a, b := here.count("messages"), there.count("messages"); a != 2 || b != 1 {
		t.Fatalf("%d and %d messages", a, b)
	}
	if got := here.count("conversations"); got != 2 {
		t.Errorf("two mailboxes share %d conversations", got)
	}
}

// cut is a receiver whose transaction fails at its end, once the objects are
// stored, as if the process had been killed there.
type cut struct {
	mailbox.Receiver
	after int
}

var errCut = errors.New("killed by the test")

func (c *cut) Receive(ctx context.Context, id uuid.UUID, validity uint32, message imap.Message, also func(context.Context, *store.Tx) error) error {
	c.after--
	return c.Receiver.Receive(ctx, id, validity, message, func(ctx context.Context, tx *store.Tx) error {
		if err := also(ctx, tx); err != nil {
			return err
		}
		if c.after < 0 {
			return errCut
		}
		return nil
	})
}

func TestHazard082ASyncThatIsCutGoesOnWithNothingLostOrDoubled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"a", "b", "c", "d"} {
		f.deliver(letter(id+"@x.example", "ana@x.example", "Subject "+id, "Text "+id))
	}
	whole := f.sync.Receiver
	f.sync.Receiver = &cut{Receiver: whole, after: 2}
	if _, err := f.sync.Run(f.clinic.Context(), f.mailboxID); !errors.Is(err, errCut) {
		t.Fatalf("the cut run ended with %v", err)
	}
	if got := f.count("messages"); got != 2 {
		t.Fatalf("%d messages after the cut", got)
	}
	f.sync.Receiver = whole
	f.read()
	if got := f.count("messages"); got != 4 {
		t.Fatalf("%d messages in the end", got)
	}
	if got := f.count("conversations"); got != 4 {
		t.Errorf("%d conversations in the end", got)
	}
	objects := 0
	for _, err := range f.world.Storage.List(t.Context(), "tenants/"+f.clinic.ID.String()+"/") {
		if err != nil {
			t.Fatal(err)
		}
		objects++
	}
	if objects != 4 {
		t.Errorf("%d objects for 4 messages: the cut left one behind", objects)
	}
}

func TestHazard060ABrokenMessageIsKeptFlaggedAndTheNextOneArrives(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	deep := "From: deep@x.example\nSubject: Deep\nMIME-Version: 1.0\n"
	for n := range 60 {
		boundary := "b" + strings.Repeat("x", n)
		deep += "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\n--" + boundary + "\n"
	}
	f.deliver(deep + "\nHello\n")
	f.deliver(letter("ok@x.example", "ana@x.example", "Sound", "All is well."))
	f.read()
	if got := f.count("messages"); got != 2 {
		t.Fatalf("%d messages", got)
	}
	id := f.clinic.Text("select conversation_id from messages where from_address = 'deep@x.example'")
	page := f.owner.Get("/inbox/" + id)
	if page.Status != http.StatusOK || page.Find("[data-defects]").Length() != 1 {
		t.Errorf("the broken message answers %d without a word", page.Status)
	}
	messageID := f.clinic.Text("select id from messages where from_address = 'deep@x.example'")
	source := f.owner.Get("/inbox/" + id + "/messages/" + messageID + "/source")
	if source.Status != http.StatusOK || !bytes.Contains(source.Body, []byte("Subject: Deep")) {
		t.Errorf("its original answers %d", source.Status)
	}
}

func TestAnswersAreThreadedByTheirReferencesOrTheirSubject(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("root@x.example", "Ana <ana@x.example>", "Appointment", "Is Monday free?"))
	f.deliver(letter("two@x.example", "ana@x.example", "Re: Appointment", "Or Tuesday?", "In-Reply-To: <root@x.example>"))
	f.deliver(letter("three@x.example", "ana@x.example", "Another subject", "By reference.", "References: <other@x.example> <two@x.example>"))
	f.deliver(letter("four@x.example", "ana@x.example", "RE: AW: appointment", "No references at all."))
	// Another person with the same subject is another conversation.
	f.deliver(letter("five@x.example", "dan@x.example", "Re: Appointment", "I am not Ana."))
	// An answer that comes before what it answers.
	f.deliver(letter("late-answer@x.example", "eva@x.example", "Re: Late", "The answer.", "In-Reply-To: <late@x.example>"))
	f.deliver(letter("late@x.example", "eva@x.example", "Late", "The question."))
	f.read()
	for contact, want := range map[string]int{"ana@x.example": 4, "dan@x.example": 1, "eva@x.example": 2} {
		got := f.count("messages join conversations on conversations.id = messages.conversation_id where contact_address = $1", contact)
		if got != want {
			t.Errorf("%s: %d messages, not %d", contact, got, want)
		}
	}
	if got := f.count("conversations"); got != 3 {
		t.Errorf("%d conversations", got)
	}
}
