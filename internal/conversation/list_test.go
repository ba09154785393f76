package conversation_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
)

const conversationRows = `li[id^="conversation-"]`

func aMailbox(of *clinic.Clinic, name string) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	of.Execute(`insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
		values ($1, $2, lower($2) || '@x.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00')`, id, name)
	return id
}

// fill gives a mailbox mail of which ten at a time have come at the same instant, so that
// pages end among equals, and every third is unread.
func fill(of *clinic.Clinic, mailbox uuid.UUID, most int) {
	of.Execute(`insert into conversations (id, mailbox_id, subject, contact_address, last_message_at, unread)
		select gen_random_uuid(), $1, 'Subject ' || n, 'c' || n || '@x.example', '2026-11-01T10:00Z'::timestamptz - n / 10 * interval '1 hour', n % 3 = 0
		from generate_series(1, $2::int) as n`, mailbox, most)
}

func TestEveryConversationIsReachedOnceForwardAndBackInBothOrders(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	desk, lab := aMailbox(alfa, "Desk"), aMailbox(alfa, "Lab")
	fill(alfa, desk, 120)
	fill(alfa, lab, 60)
	fill(beta, aMailbox(beta, "Desk"), 60)
	staff := alfa.SignInStaff()
	for query, want := range map[string]int{
		"": 180, "filter=unread": 60, "mailbox=" + desk.String(): 120, "filter=unread&mailbox=" + lab.String(): 20, "q=subject+1": 55,
		"q=SUBJECT&filter=unread&mailbox=" + desk.String(): 40,
	} {
		newest := staff.Walk("/inbox?"+query, conversationRows)
		oldest := staff.Walk("/inbox?sort=date&direction=asc&"+query, conversationRows)
		slices.Reverse(oldest)
		if len(newest) != want || !slices.Equal(newest, oldest) {
			t.Errorf("%q shows %d conversations, not %d, and %d the other way", query, len(newest), want, len(oldest))
		}
	}
}

// shown are the ids of the conversations that an answer lists.
func shown(answer *clinic.Answer) (ids []string) {
	for _, row := range answer.Find(conversationRows).EachIter() {
		ids = append(ids, strings.TrimPrefix(row.AttrOr("id", ""), "conversation-"))
	}
	return ids
}

func TestAPageOfTheInboxStaysWhereItIsWhateverArrivesOrIsReadMeanwhile(t *testing.T) {
	t.Parallel()
	alfa := clinic.New(t).Clinic("alfa")
	desk := aMailbox(alfa, "Desk")
	fill(alfa, desk, 180)
	staff := alfa.SignInStaff()
	first := staff.Get("/inbox?filter=unread")
	next := first.Find(`a[rel="next"]`).AttrOr("href", "")
	second := shown(staff.Get(next))
	previous := staff.Get(next).Find(`a[rel="prev"]`).AttrOr("href", "")

	arrived := uuid.New()
	alfa.Execute("insert into conversations (id, mailbox_id, subject, last_message_at) values ($1, $2, 'New', '2026-11-02')", arrived, desk)
	// The conversation after which the page begins leaves the filter.
	last := shown(first)[49]
	staff.Post("/inbox/"+last+"/reading", url.Values{"read": {"true"}})
	for name, answer := range map[string]*clinic.Answer{"page": staff.Get(next), "fragment": staff.Fragment(next)} {
		if got := shown(answer); !slices.Equal(got, second) || len(got) != 10 {
			t.Errorf("the second %s shows %d conversations, of which some are others", name, len(got))
		}
	}
	if got := shown(staff.Fragment("/inbox?filter=unread")); got[0] != arrived.String() || len(got) != 50 || slices.Contains(got, last) {
		t.Errorf("the first page shows %d and begins with %s", len(got), got[0])
	}
	if got := shown(staff.Get(previous)); got[0] != arrived.String() || slices.Contains(got, last) {
		t.Errorf("the way back begins with %s", got[0])
	}

	alfa.Execute("update conversations set unread = false where id = any($1::uuid[])", second)
	ended := staff.Get(next)
	if href := ended.Find(".empty a").AttrOr("href", ""); ended.Status != http.StatusOK || len(shown(ended)) != 0 || href != "/inbox?filter=unread" {
		t.Errorf("a page whose mail is read answers %d, shows %d and leads to %q", ended.Status, len(shown(ended)), href)
	}
}

func TestTheListThatAConversationWasOpenedFromIsKeptInItsAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	fill(f.clinic, f.mailboxID, 60)
	list := "/inbox?" + url.Values{"filter": {"unread"}, "sort": {"date"}, "direction": {"asc"}, "mailbox": {f.mailboxID.String()}}.Encode()
	address := f.owner.Get(list).Find("#conversation-"+id+" a").AttrOr("href", "")
	if want := strings.Replace(list, "/inbox?", "?", 1); address != "/inbox/"+id+sorted(t, want) {
		t.Fatalf("the row leads to %q", address)
	}
	state := strings.TrimPrefix(address, "/inbox/"+id)
	page := f.owner.Get(address)
	if page.Find(`a[href="/inbox`+state+`"]`).Length() == 0 {
		t.Errorf("no way back to %q", "/inbox"+state)
	}
	if got := page.Find("#reading").AttrOr("action", ""); got != "/inbox/"+id+"/reading"+state {
		t.Errorf("marking posts to %q", got)
	}
	read := f.owner.Post("/inbox/"+id+"/reading"+state, url.Values{"read": {"true"}})
	unread := f.owner.Post("/inbox/"+id+"/reading"+state, url.Values{"read": {"false"}})
	if read.Location() != address || unread.Location() != "/inbox"+state {
		t.Errorf("read leads to %q, unread to %q", read.Location(), unread.Location())
	}
	answer := page.Find("form#answer").AttrOr("action", "")
	refused := f.owner.Post(answer, url.Values{"body": {""}, "_idempotency_key": {web.NewKey()}})
	if refused.Status != http.StatusUnprocessableEntity || refused.Find("form#answer").AttrOr("action", "") != answer {
		t.Errorf("an empty answer: %d, its form posts to %q", refused.Status, refused.Find("form#answer").AttrOr("action", ""))
	}
	sent := f.owner.Post(answer, url.Values{"body": {"Yes."}, "_idempotency_key": {web.NewKey()}})
	if !strings.HasPrefix(sent.Location(), address+"#message-") {
		t.Errorf("an answer leads to %q", sent.Location())
	}
}

// sorted is a query in the order in which addresses of lists have it.
func sorted(t *testing.T, query string) string {
	t.Helper()
	values, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		t.Fatal(err)
	}
	return "?" + values.Encode()
}

func TestTheInboxSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	alfa := clinic.New(t).Clinic("alfa")
	staff, owner := alfa.SignInStaff(), alfa.SignInOwner()
	if staff.Get("/inbox").Find(`[role="search"], .tab-bar, .empty a`).Length() != 0 || owner.Get("/inbox").Find(`.empty a[href="/settings/email/new"]`).Length() != 1 {
		t.Error("a clinic without a mailbox has something to search, or an owner nothing to begin with")
	}
	fill(alfa, aMailbox(alfa, "Desk"), 2)
	nothing := staff.Get("/inbox?filter=unread&q=subject")
	if nothing.Find(".tab-bar [aria-current]").Text() != "Unread" || nothing.Value(`[name="q"]`) != "subject" || nothing.Find(`input[name="filter"][value="unread"][form="conversations-filter"]`).Length() != 1 {
		t.Error("a search that finds nothing loses what was asked")
	}
	if href := nothing.Find(".tab-bar a").First().AttrOr("href", ""); href != "/inbox?q=subject" {
		t.Errorf("all of a search is at %q", href)
	}
	if staff.Get("/inbox").Find(`select[name="mailbox"]`).Length() != 0 {
		t.Error("there is one mailbox to choose from")
	}
}

func TestHazard018WhatNoInboxAsksForIsRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	aMailbox(alfa, "Desk")
	staff := alfa.SignInStaff()
	named := web.Cursor{Key: "a", ID: uuid.New()}.String()
	for query, want := range map[string]int{
		"sort=subject": http.StatusBadRequest, "direction=up": http.StatusBadRequest, "filter=read": http.StatusBadRequest, "filter=unread&filter=unread": http.StatusBadRequest,
		"mailbox=x": http.StatusBadRequest, "after=x": http.StatusBadRequest, "before=" + named: http.StatusBadRequest,
		"mailbox=" + uuid.NewString(): http.StatusNotFound, "mailbox=" + aMailbox(beta, "Desk").String(): http.StatusNotFound,
	} {
		if answer := staff.Get("/inbox?" + query); answer.Status != want {
			t.Errorf("%q answered %d", query, answer.Status)
		}
	}
}

// The state of a list is a part of a conversation's addresses, and as strictly read there.
func TestHazard018AConversationsAddressWithAListThatIsNoneIsRefusedAndWritesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.question()
	beta := f.world.Clinic("beta")
	other := aMailbox(f.clinic, "Lab")
	for query, want := range map[string]int{
		"mailbox=x": http.StatusBadRequest, "mailbox=" + other.String() + "&mailbox=" + other.String(): http.StatusBadRequest, "filter=read": http.StatusBadRequest,
		"mailbox=" + strings.Repeat("a", 10_000): http.StatusBadRequest, "mailbox=%00": http.StatusBadRequest, "mailbox=%ff": http.StatusBadRequest,
		"mailbox=" + uuid.NewString(): http.StatusNotFound, "mailbox=" + aMailbox(beta, "Desk").String(): http.StatusNotFound,
		"mailbox=" + other.String(): http.StatusOK, "mailbox=": http.StatusOK,
	} {
		if answer := f.owner.Get("/inbox/" + id + "?" + query); answer.Status != want {
			t.Errorf("%.60q answered %d", query, answer.Status)
		}
		if want == http.StatusOK {
			continue
		}
		for path, fields := range map[string]url.Values{
			"/reading": {"read": {"true"}}, "/messages": {"body": {"Yes."}, "_idempotency_key": {web.NewKey()}},
		} {
			if answer := f.owner.Post("/inbox/"+id+path+"?"+query, fields); answer.Status != want {
				t.Errorf("%s with %.60q answered %d", path, query, answer.Status)
			}
		}
	}
	if row := f.owner.Get("/inbox?filter=unread").Find("#conversation-" + id); row.Length() != 1 || f.owner.Get("/inbox/"+id).Find("[id^=message-]").Length() != 1 {
		t.Error("something was written")
	}
}

// found are the subjects that a search of the inbox lists.
func found(staff *clinic.Browser, query string) (subjects []string) {
	rows := staff.Get("/inbox?" + url.Values{"q": {query}}.Encode()).Find("[id^=conversation-]")
	rows.Each(func(_ int, row *goquery.Selection) {
		for _, subject := range []string{"Întrebare", "Rezultat", "Chitanţă", "Factura"} {
			if strings.Contains(row.Text(), subject) {
				subjects = append(subjects, subject)
			}
		}
	})
	return subjects
}

func TestHazard114TheInboxIsSearchedAsTheClientsAre(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	desk := aMailbox(alfa, "Desk")
	// Written with commas, taken apart, and with the cedillas of old keyboards.
	for subject, contact := range map[string]string{"Întrebare": "Ștefan Țîru", "Rezultat": "S\u0326tefan T\u0326i\u0302ru", "Chitanţă": "Ştefan Ţîru",
		"Factura 10 20 din 29.11.2026": "Ion Pop"} {
		alfa.Execute(`insert into conversations (id, mailbox_id, subject, contact_name, contact_address, last_message_at)
			values (gen_random_uuid(), $1, $2, $3, lower($2) || '@x.example', now())`, desk, subject, contact)
	}
	staff := alfa.SignInStaff()
	if answer := staff.Post("/clients", url.Values{"first_name": {"Łukasz"}, "last_name": {"Crăciun"}, "phone": {"0722 123 456"}, "email": {"rezultat@x.example"}}); answer.Status != http.StatusSeeOther {
		t.Fatal(answer.Status)
	}
	every := 3
	for query, want := range map[string]int{
		"Ștefan": every, "ŞTEFAN": every, "stefan": every, "s\u0327tefan": every, "Țîru": every, "ŢÎRU": every, "tiru stefan": every,
		"intrebare": 1, "ÎNTREBARE țiru": 1, "chitanță": 1, "CHITANTA": 1, "chitanta rezultat": 0,
		// By the client whose address it is, with what the conversation itself holds.
		"29.11.2026": 1, "11.2026": 1, "2026": 1, "10 20": 1, "20 factura": 1, "2026-11-29": 0,
		"craciun": 1, "lukasz rezultat": 1, "Crăciun întrebare": 0, "0722 123": 1, "+40 722-123": 1, "%": 0, "_": 0, "'": 0,
	} {
		if subjects := found(staff, query); len(subjects) != want {
			t.Errorf("%q finds %q", query, subjects)
		}
	}
}
