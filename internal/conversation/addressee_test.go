package conversation_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"frontdesk/internal/testkit/clinic"
)

// formOf reads the form of an answer as a browser sends it, with a text.
func formOf(page *clinic.Answer, body string) url.Values {
	form := url.Values{"body": {body}}
	page.Find("#answer input").Each(func(_ int, input *goquery.Selection) {
		if _, checked := input.Attr("checked"); checked || input.AttrOr("type", "") == "hidden" {
			form.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
		}
	})
	return form
}

// recipients are those that a page's form shows, one for each choice.
func recipients(page *clinic.Answer) (shown []string) {
	page.Find("#answer [data-recipient]").Each(func(_ int, choice *goquery.Selection) {
		shown = append(shown, choice.AttrOr("data-recipient", ""))
	})
	return shown
}

// sentTo is where answers have gone, the latest last.
func (f *fixture) sentTo() string {
	f.t.Helper()
	return f.clinic.Text("select coalesce(string_agg(array_to_string(to_addresses, '+'), ' ' order by id), '') from messages where direction = 'out'")
}

// joins lets somebody join the conversation of question by its reference.
func (f *fixture) joins(from string, headers ...string) {
	f.t.Helper()
	f.joinsAt("root@x.example", from, headers...)
}

func (f *fixture) joinsAt(root, from string, headers ...string) {
	f.t.Helper()
	f.deliver(letter(from+".id", from, "Re: Question", "Me too.", append(headers, "In-Reply-To: <"+root+">")...))
	f.read()
}

func TestHazard126AnAnswerGoesToWhomItsFormShowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	address := "/inbox/" + id
	opened := f.owner.Get(address)
	if shown := recipients(opened); !slices.Equal(shown, []string{"ana@x.example"}) {
		t.Fatalf("the form shows %v", shown)
	}
	answers := opened.Find("#answer [data-answers]").AttrOr("data-answers", "")
	if want := f.clinic.Text("select id from messages where message_id = 'root@x.example'"); answers != want || opened.Find("#message-"+answers).Length() != 1 {
		t.Errorf("it answers %q, not %q", answers, want)
	}
	form := formOf(opened, "Your results are in.")
	f.joins("eve@evil.example")
	refused := f.owner.Post(address+"/messages", form)
	if refused.Status != http.StatusConflict || f.sentTo() != "" {
		t.Fatalf("after a stranger joined it answers %d, and went to %q", refused.Status, f.sentTo())
	}
	if shown := recipients(refused); !slices.Equal(shown, []string{"ana@x.example", "eve@evil.example"}) {
		t.Errorf("it shows %v", shown)
	}
	if kept := refused.Find("#body").Text(); kept != "Your results are in." || refused.Find("[data-error-summary]").Length() != 1 {
		t.Errorf("of what was typed %q is kept", kept)
	}
	// As it is shown now it goes to who was meant, and to the other when a person says so.
	if sent := f.owner.Post(address+"/messages", formOf(refused, "Your results are in.")); sent.Status != http.StatusSeeOther || f.sentTo() != "ana@x.example" {
		t.Errorf("sent as shown: %d, to %q", sent.Status, f.sentTo())
	}
	other := formOf(f.owner.Get(address), "And you are?")
	if sent := f.owner.Post(address+"/messages", other); sent.Status != http.StatusSeeOther || f.sentTo() != "ana@x.example eve@evil.example" {
		t.Errorf("the next: %d, to %q", sent.Status, f.sentTo())
	}
	if threaded := f.clinic.Text("select in_reply_to from messages where direction = 'out' order by id desc limit 1"); threaded != "eve@evil.example.id" {
		t.Errorf("it answers %q", threaded)
	}
}

func TestHazard126WhateverElseTheFormShowedIsWhatIsDone(t *testing.T) {
	t.Parallel()
	changes := map[string]func(f *fixture, id, root string){
		"a colleague has answered": func(f *fixture, id, _ string) { f.answer(id, "Mine was first.") },
		// An old date puts it above what is shown as the latest.
		"a stranger's mail of long ago has come": func(f *fixture, _, root string) {
			f.joinsAt(root, "eve@evil.example")
			f.clinic.Execute("update messages set received_at = received_at - interval '1 year' where from_address = 'eve@evil.example'")
		},
		"the mailbox has another address": func(f *fixture, _, _ string) {
			f.clinic.Execute("update mailboxes set address = 'other@alfa.example' where id = $1", f.mailboxID)
		},
		"the sender's address has become one of the clinic's": func(f *fixture, _, root string) {
			f.joinsAt(root, "dan@x.example")
			f.clinic.Execute("update mailboxes set address = 'ana@x.example' where id = $1", f.mailboxID)
		},
	}
	f := newFixture(t)
	for name, change := range changes {
		root := strings.ReplaceAll(name, " ", "-") + "@x.example"
		f.deliver(letter(root, "Ana Pop <ana@x.example>", "Question", name))
		f.read()
		id := f.clinic.Text("select conversation_id from messages where body_text like $1", name+"%")
		form := formOf(f.owner.Get("/inbox/"+id), "As I was shown.")
		before := f.clinic.Text("select address from mailboxes where id = $1", f.mailboxID)
		change(f, id, root)
		answers := f.count("messages where direction = 'out'")
		refused := f.owner.Post("/inbox/"+id+"/messages", form)
		if refused.Status != http.StatusConflict || f.count("messages where direction = 'out'") != answers {
			t.Errorf("%s: %d", name, refused.Status)
		}
		if said := refused.Text("[data-error-summary]"); refused.Find("#body").Text() != "As I was shown." || !strings.Contains(said, "ana@x.example") {
			t.Errorf("%s: it keeps %q and says %q", name, refused.Find("#body").Text(), said)
		}
		// A form that is wrong in itself says so as well, and does not change unseen.
		form.Set("body", "")
		if wrong := f.owner.Post("/inbox/"+id+"/messages", form); wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Text("[data-error-summary]"), "ana@x.example") {
			t.Errorf("%s: an empty one %d, %q", name, wrong.Status, wrong.Text("[data-error-summary]"))
		}
		f.clinic.Execute("update mailboxes set address = $2 where id = $1", f.mailboxID, before)
	}
}

// What a program wrote is not answered, and no reason to keep an answer back.
func TestHazard126AnAutomaticMessageIsNeverTheOneThatIsAnswered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	form := formOf(f.owner.Get("/inbox/"+id), "On its way.")
	for n, header := range []string{
		"Auto-Submitted: auto-replied", "Content-Type: multipart/report; report-type=delivery-status", "Return-Path: <>",
		"List-Id: <all.x.example>", "Precedence: bulk", "X-Autoreply: yes",
	} {
		f.joins("robot"+string(rune('a'+n))+"@x.example", header)
		if shown := recipients(f.owner.Get("/inbox/" + id)); !slices.Equal(shown, []string{"ana@x.example"}) {
			t.Errorf("after one with %s the form shows %v", header, shown)
		}
	}
	f.joins("MAILER-DAEMON@mx.example")
	page := f.owner.Get("/inbox/" + id)
	if shown := recipients(page); !slices.Equal(shown, []string{"ana@x.example"}) || page.Find("[data-automatic]").Length() < 4 {
		t.Errorf("after a delay notice the form shows %v, and %d are said to be a program's", shown, page.Find("[data-automatic]").Length())
	}
	if form.Set("written", page.Value(`#answer input[name="written"]`)); f.owner.Post("/inbox/"+id+"/messages", form).Status != http.StatusSeeOther || f.sentTo() != "ana@x.example" {
		t.Errorf("the answer went to %q", f.sentTo())
	}
}

func TestHazard126ADelayNoticeKeepsNoAnswerBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	form := formOf(f.owner.Get("/inbox/"+id), "On its way.")
	f.joins("MAILER-DAEMON@mx.example", "Auto-Submitted: auto-replied")
	if sent := f.owner.Post("/inbox/"+id+"/messages", form); sent.Status != http.StatusSeeOther || f.sentTo() != "ana@x.example" {
		t.Errorf("it answers %d, and went to %q", sent.Status, f.sentTo())
	}
}

func TestHazard126WhereOnlyProgramsOrWeHaveWrittenNobodyIsAnswered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own := f.account.Username + "@alfa.example"
	f.deliver(letter("dsn@x.example", "Mail Delivery <mailer-daemon@mx.example>", "Undelivered", "It came back."))
	f.deliver(letter("own@x.example", own, "To ourselves", "A reminder."))
	f.deliver(letter("loop@x.example", "dan@x.example", "Loop", "Answer yourselves.", "Reply-To: "+strings.ToUpper(own)))
	f.deliver(letter("site@x.example", own, "From our site", "A visitor writes.", "Reply-To: "+own+", visitor@x.example"))
	f.deliver(letter("news@x.example", "news@x.example", "News", "Read on.", "List-Id: <news.x.example>"))
	f.read()
	for subject, want := range map[string]string{"Undelivered": "automatic", "To ourselves": "no_address", "Loop": "no_address"} {
		id := f.clinic.Text("select conversation_id from messages where subject = $1", subject)
		page := f.owner.Get("/inbox/" + id)
		if got := page.Find("[data-obstacle]").AttrOr("data-obstacle", ""); got != want || page.Find("#answer").Length() != 0 {
			t.Errorf("%s: the obstacle is %q", subject, got)
		}
		if answer := f.owner.Post("/inbox/"+id+"/messages", url.Values{"body": {"Hello?"}}); answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered: %d", subject, answer.Status)
		}
	}
	// A form on the clinic's own site writes as the clinic: who filled it in is answered.
	for subject, want := range map[string]string{"From our site": "visitor@x.example", "News": "news@x.example"} {
		page := f.owner.Get("/inbox/" + f.clinic.Text("select conversation_id from messages where subject = $1", subject))
		if shown := recipients(page); !slices.Equal(shown, []string{want}) {
			t.Errorf("%s: the form shows %v", subject, shown)
		}
		if of := page.Find("#answer [data-list]").Length(); of == 1 != (subject == "News") {
			t.Errorf("%s: the form says %d times that it is of a list", subject, of)
		}
	}
}

func TestHazard126EveryAddressThatASenderWantsAnswersAtIsShownAndWrittenTo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("root@x.example", "Ana <ana@x.example>", "Question", "Answer all of us.",
		"Reply-To: Ana <ana@x.example>, office@y.example", "Reply-To: dan@z.example, ANA@x.example"))
	f.read()
	id := f.only()
	page := f.owner.Get("/inbox/" + id)
	if shown := recipients(page); !slices.Equal(shown, []string{"ana@x.example, office@y.example, dan@z.example"}) || page.Find("#answer [data-elsewhere]").Length() != 1 {
		t.Fatalf("the form shows %v", shown)
	}
	if head := page.Text("[data-message]"); !strings.Contains(head, "office@y.example, dan@z.example") {
		t.Errorf("the message says %q", head)
	}
	if sent := f.owner.Post("/inbox/"+id+"/messages", formOf(page, "Hello, all.")); sent.Status != http.StatusSeeOther {
		t.Fatalf("it answers %d", sent.Status)
	}
	if err := f.send(1, 12); err != nil {
		t.Fatal(err)
	}
	if to := f.smtp.Next(t).To; !slices.Equal(to, []string{"ana@x.example", "office@y.example", "dan@z.example"}) {
		t.Errorf("it went to %v", to)
	}
}

func TestHazard126AFormalMistakeOfTheFormIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	f.deliver(letter("other@x.example", "dan@x.example", "Another", "Not in this conversation."))
	f.read()
	elsewhere := f.clinic.Text("select id from messages where from_address = 'dan@x.example'")
	for name, change := range map[string]func(url.Values){
		"no choice":                func(form url.Values) { form.Del("answers") },
		"no id":                    func(form url.Values) { form.Set("answers", "the first") },
		"of another conversation":  func(form url.Values) { form.Set("answers", elsewhere); form.Set("to-"+elsewhere, "dan@x.example") },
		"another recipient":        func(form url.Values) { form.Set("to-"+form.Get("answers"), "eve@evil.example") },
		"a number that is no word": func(form url.Values) { form.Set("written", "many") },
	} {
		form := formOf(f.owner.Get("/inbox/"+id), "Hello.")
		change(form)
		answer := f.owner.Post("/inbox/"+id+"/messages", form)
		if answer.Status != http.StatusConflict && answer.Status != http.StatusUnprocessableEntity || f.sentTo() != "" {
			t.Errorf("%s: %d, and it went to %q", name, answer.Status, f.sentTo())
		}
	}
}
