package conversation_test

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/internal/conversation"
	"frontdesk/internal/store"
)

// suspend does what a super-admin does to a clinic.
func (f *fixture) suspend() {
	f.t.Helper()
	err := f.world.Store.Platform(f.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "update tenants set status = 'suspended' where id = $1", f.clinic.ID)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// withAttachment is a message with a picture that its HTML shows and a file with
// a hostile name.
const withAttachment = `From: "<img src=x onerror=alert(1)>" <ana@x.example>
Subject: " hx-get=/logout hx-trigger=load <script>alert(1)</script> {{.}}
Message-ID: <root@x.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/related; boundary="inner"

--inner
Content-Type: text/html

<p id="csrf" hx-post="/logout" onclick="alert(1)">Hello</p><img src="cid:picture@x.example"><img src="https://tracker.example/pixel.gif">
--inner
Content-Type: image/png
Content-ID: <picture@x.example>
Content-Disposition: inline; filename="picture.png"
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
--inner--
--outer
Content-Type: text/html; name="../../evil.html"
Content-Disposition: attachment; filename="../../evil\"\n.html"

<script>alert(1)</script>
--outer--
`

func TestHazard064NamesInMailAreTextEverywhere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	list := f.owner.Get("/inbox")
	id := f.only()
	page := f.owner.Get("/inbox/" + id)
	for name, answer := range map[string]string{"the list": list.Text("[data-contact]"), "the page": page.Text("[data-contact]")} {
		if !strings.Contains(answer, "<img src=x onerror=alert(1)>") {
			t.Errorf("%s shows the name as %q", name, answer)
		}
	}
	if found := page.Find("main img, main [onerror], main [onclick], main [hx-get='/logout']").Length() + list.Find("main img, main [hx-get='/logout']").Length(); found > 0 {
		t.Errorf("%d elements came out of a name or a subject", found)
	}
	if !strings.Contains(page.Text("h1"), "<script>alert(1)</script> {{.}}") {
		t.Errorf("the subject is %q", page.Text("h1"))
	}
}

func TestHazard063PicturesOfTheMailShowAndThoseOfOtherServersDoNot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	id := f.only()
	frame := f.owner.Get(f.owner.Get("/inbox/"+id).Find("iframe").AttrOr("src", ""))
	safeFrame(t, frame)
	if frame.Find("[data-blocked]").Length() != 1 || frame.Find("main img").Length() != 1 {
		t.Fatalf("%d pictures, %d notices", frame.Find("main img").Length(), frame.Find("[data-blocked]").Length())
	}
	picture := f.owner.Get(frame.Find("main img").AttrOr("src", ""))
	if picture.Status != http.StatusOK || picture.Header.Get("Content-Type") != "image/png" || picture.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the picture answers %d as %q", picture.Status, picture.Header.Get("Content-Type"))
	}
}

func TestAnAttachmentIsDownloadedUnderItsNameAndGoneWhenItsObjectIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	address := f.owner.Get("/inbox/"+f.only()).Find(`a[id^="attachment-"]`).AttrOr("href", "")
	file := f.owner.Get(address)
	kind, parameters, err := mime.ParseMediaType(file.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || strings.ContainsAny(parameters["filename"], "/\\\r\n") {
		t.Errorf("%q, %v, %v", kind, parameters, err)
	}
	if file.Status != http.StatusOK || file.Header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(string(file.Body), "<script>") {
		t.Errorf("it answers %d as %q", file.Status, file.Header.Get("Content-Type"))
	}
	if err := f.world.Storage.Delete(t.Context(), f.clinic.Text("select storage_key from attachments where content_id = ''")); err != nil {
		t.Fatal(err)
	}
	if gone := f.owner.Get(address); gone.Status != http.StatusGone {
		t.Errorf("without its object it answers %d", gone.Status)
	}
}

func TestAConversationIsReadWhenItsPageSaysSoAndNoEarlier(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	unread := func() string { return f.owner.Fragment("/inbox/unread").Text("#unread-sidebar .count") }
	page := f.owner.Get("/inbox/" + id)
	if unread() != "1" || f.owner.Get("/inbox?filter=unread").Find("li.is-unread").Length() != 1 {
		t.Fatalf("opening a page has changed something: %q", unread())
	}
	seen := page.Value(`#reading input[name="seen"]`)
	f.deliver(letter("two@x.example", "ana@x.example", "Re: Question", "One more.", "In-Reply-To: <root@x.example>"))
	f.read()
	if answer := f.owner.PostFragment("/inbox/"+id+"/reading", url.Values{"seen": {seen}}); answer.Status != http.StatusOK || unread() != "1" {
		t.Errorf("what has arrived since was marked as read: %d, %q", answer.Status, unread())
	}
	seen = f.owner.Get("/inbox/" + id).Value(`#reading input[name="seen"]`)
	if answer := f.owner.PostFragment("/inbox/"+id+"/reading", url.Values{"seen": {seen}}); answer.Status != http.StatusOK || unread() != "" {
		t.Errorf("read: %d, %q", answer.Status, unread())
	}
	if answer := f.owner.Post("/inbox/"+id+"/reading", url.Values{"read": {"false"}}); answer.Location() != "/inbox" || unread() != "1" {
		t.Errorf("unread: %q, %q", answer.Location(), unread())
	}
	if answer := f.owner.Get("/inbox/unread"); answer.Location() != "/inbox?filter=unread" {
		t.Errorf("the badge opened as a page leads to %q", answer.Location())
	}
}

func TestTheClientIsWhoHasTheAddressNow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	page := f.owner.Get("/inbox/" + id)
	if href := page.Find(`[data-contact] a`).AttrOr("href", ""); !strings.HasPrefix(href, "/clients/new?") || !strings.Contains(href, "ana%40x.example") {
		t.Errorf("a stranger's link is %q", href)
	}
	insert := "insert into clients (id, first_name, last_name, email) values (gen_random_uuid(), $1, 'Pop', 'ana@x.example')"
	f.clinic.Execute(insert, "Ana-Maria")
	if got := f.owner.Get("/inbox").Text("[data-contact]"); got != "Ana-Maria Pop" {
		t.Errorf("the list says %q", got)
	}
	f.clinic.Execute(insert, "Ioan")
	if got := f.owner.Get("/inbox").Text(".rows-main"); !strings.Contains(got, "several clients") {
		t.Errorf("with two clients the list says %q", got)
	}
	if got := f.owner.Get("/inbox/" + id).Find(`[data-contact] a[href^="/clients/"]`).Length(); got != 2 {
		t.Errorf("the page names %d clients", got)
	}
}

func TestTheInboxIsPagedSearchedAndRefusesAForgedPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clinic.Execute(`insert into conversations (id, mailbox_id, subject, contact_address, contact_name, last_message_at)
		select gen_random_uuid(), $1, 'Subject ' || n, 'c' || n || '@x.example', 'Contact %_' || n, now() - n * interval '1 minute'
		from generate_series(1, 120) as n`, f.mailboxID)
	seen := map[string]bool{}
	for _, id := range f.conversations() {
		seen[id] = true
	}
	if len(seen) != 120 {
		t.Errorf("the pages list %d conversations", len(seen))
	}
	for query, want := range map[string]int{"subject+117": 1, "c33@x": 1, "%25_": 50, "nothing": 0, "%27%22%5C%00": 0} {
		if got := f.owner.Get("/inbox?q=" + query).Find(`li[id^="conversation-"]`).Length(); got != want {
			t.Errorf("?q=%s finds %d", query, got)
		}
	}
	if answer := f.owner.Get("/inbox?after=forged"); answer.Status != http.StatusBadRequest {
		t.Errorf("a forged cursor: %d", answer.Status)
	}
}

func TestAQuotationAtTheEndIsTakenOffAndOneWithinStays(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, said, quoted string }{
		{"Hello", "Hello", ""},
		{"Yes.\n\nOn Monday Ana wrote:\n> Is it free?\n> Really?\n", "Yes.", "On Monday Ana wrote:\n> Is it free?\n> Really?\n"},
		{"> Is it free?\nYes.\n> And later?\nNo.", "> Is it free?\nYes.\n> And later?\nNo.", ""},
		{"> all of it\n> is quoted", "", "> all of it\n> is quoted"},
		{"", "", ""},
	}
	for _, c := range cases {
		if said, quoted := conversation.SplitQuote(c.text); said != c.said || quoted != c.quoted {
			t.Errorf("%q gives %q and %q", c.text, said, quoted)
		}
	}
}
