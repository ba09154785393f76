package conversation_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// said is what a person finds of a message on its page: its text, that of its frame,
// and its files.
type said struct {
	text, files string
	isFlagged   bool
}

func (f *fixture) said(messageID string) said {
	f.t.Helper()
	conversationID := f.clinic.Text("select conversation_id from messages where id = $1", messageID)
	page := f.owner.Get("/inbox/" + conversationID + "?all=1")
	message := page.Find("#message-" + messageID)
	found := said{text: message.Find(".message-text").Text(), isFlagged: message.Find("[data-defects]").Length() > 0}
	if frame, shown := message.Find("iframe").Attr("src"); shown {
		answer := f.owner.Get(frame)
		safeFrame(f.t, answer)
		found.text += answer.Find("main").Text()
	}
	message.Find(`a[id^="attachment-"] .truncate`).Each(func(_ int, name *goquery.Selection) {
		found.files += name.Text() + "\n"
	})
	return found
}

func TestHazard121And122EveryMessageThatWasReadWrongIsShownRightOverIMAP(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, message := range testkit.MailCorpus(t) {
		if strings.HasPrefix(message.Name, "cases/") {
			f.account.Deliver(t, message.Raw)
		}
	}
	f.read()
	for id, want := range map[string]struct {
		text, files string
		isFlagged   bool
	}{
		"k01@patient.example": {"Before the file.|After the file: please call me back.", "bill.pdf\n", false},
		"k02@patient.example": {"My own words: I cannot come on Friday.|forwarded advert", "", false},
		"k03@patient.example": {"Results attached.|glucose 5.1", "results.txt\n", false},
		"k04@patient.example": {"This is what I want to tell you.|a form", "form.html\n", false},
		"k06@patient.example": {"Your letter to nobody@patient.example came back.", "06-part-without-content-type-is-an-unnamed-file.txt\n", false},
		"k07@patient.example": {"Photo of the swelling:", "IMG_7.jpeg\n", false},
		"k08@patient.example": {"Referral attached.", "bill.pdf\n", false},
		"k10@patient.example": {"Bill attached.", "bill.pdf\n", false},
		"k11@patient.example": {"hello", "bill.pdf\n", true},
		"k13@patient.example": {"x", "Röntgen.pdf\n", false},
		"k15@patient.example": {"x", "Befund vom März Teil 1.pdf\n", false},
		"k17@patient.example": {"Könnten Sie mich zurückrufen?", "", true},
		"k18@patient.example": {"Aș dori o programare săptămâna viitoare.", "", true},
		"k19@patient.example": {"The price is 80 € – “all in”.", "", true},
		"k21@patient.example": {"Bună ziua, mă doare măseaua.", "", false},
		"k22@patient.example": {"안녕하세요 예약을 옮기고 싶습니다", "", false},
		"k24@patient.example": {"Before the file.|After the file: please call me back.", "bill.pdf\n", false},
		"k23@patient.example": {"x", "", false},
	} {
		messageID := f.clinic.Text("select id from messages where message_id = $1", id)
		if messageID == "" {
			t.Errorf("%s has not arrived", id)
			continue
		}
		found := f.said(messageID)
		rest := found.text
		for piece := range strings.SplitSeq(want.text, "|") {
			_, after, isThere := strings.Cut(rest, piece)
			if !isThere {
				t.Errorf("%s does not say %q in its place: %q", id, piece, found.text)
			}
			rest = after
		}
		if found.files != want.files || found.isFlagged != want.isFlagged {
			t.Errorf("%s has the files %q and is flagged: %t", id, found.files, found.isFlagged)
		}
	}
	assertPaperclips(t, f, "07-photo", "08-pdf")
	if subject := f.clinic.Text("select subject from messages where message_id = 'k23@patient.example'"); subject != "Programare nouă" {
		t.Errorf("a word without padding is %q", subject)
	}
}

// assertPaperclips: the inbox tells that the conversations of some subjects hold files.
func assertPaperclips(t *testing.T, f *fixture, subjects ...string) {
	t.Helper()
	var list *clinic.Answer
	for address := "/inbox"; address != ""; address, _ = list.Find(`a[rel="next"]`).Attr("href") {
		list = f.owner.Get(address)
		list.Find(`li[id^="conversation-"]`).Each(func(_ int, row *goquery.Selection) {
			for _, subject := range subjects {
				if strings.HasPrefix(row.Find("[data-subject]").Text(), subject) && row.Find("svg").Length() == 0 {
					t.Errorf("%s shows no paperclip", subject)
				}
			}
		})
	}
}

func TestHazard121TextBesideHTMLIsThereWhereItSaysSomethingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for id, text := range map[string]string{"same@x.example": "See you on *Monday*.", "other@x.example": "Please call me on Monday."} {
		f.deliver(letter(id, id, "Alternatives", "--b\nContent-Type: text/plain\n\n"+text+"\n--b\nContent-Type: text/html\n\n<p>See you on <b>Monday</b>.</p>\n--b--",
			"MIME-Version: 1.0", "Content-Type: multipart/alternative; boundary=b"))
	}
	f.read()
	for id, want := range map[string]string{"same@x.example": "", "other@x.example": "Please call me on Monday."} {
		conversationID := f.clinic.Text("select conversation_id from messages where message_id = $1", id)
		page := f.owner.Get("/inbox/" + conversationID)
		if got := strings.TrimSpace(page.Find("[data-beside] .message-text").Text()); got != want || page.Find("iframe").Length() != 1 {
			t.Errorf("beside the HTML of %s stands %q", id, got)
		}
	}
}
