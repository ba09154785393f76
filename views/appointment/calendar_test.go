package appointment

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
	"frontdesk/views/layout"
)

// hostile is what would break out of a text or an attribute that is not escaped.
const hostile = `"><img src=x onerror=alert(1)> & 'x'`

func TestWhatADayShowsIsEscapedInEveryPlace(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	shown := Column{
		Name: hostile, ProviderID: hostile, Off: []string{hostile},
		Slots: []Slot{{Class: hostile, Time: hostile, Href: "/appointments/new?date=" + hostile}},
		Tiles: []Tile{{ID: hostile, Class: hostile, Status: hostile, Title: hostile, Text: hostile, Full: hostile}},
	}
	if err := column(&shown).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page.String()))
	if err != nil {
		t.Fatal(err)
	}
	if found := document.Find("img, [onerror]").Length(); found != 0 {
		t.Errorf("%d elements broke out: %s", found, page.String())
	}
	off, links := document.Find(".day-column > div"), document.Find("a[data-dialog]")
	if off.AttrOr("class", "") != hostile {
		t.Errorf("the time off reads otherwise: %s", page.String())
	}
	slot, tile := links.Eq(0), links.Eq(1)
	if slot.AttrOr("class", "") != hostile || slot.AttrOr("href", "") != shown.Slots[0].Href || slot.Text() != "+ "+hostile {
		t.Errorf("the free time reads otherwise: %s", page.String())
	}
	for name, wanted := range map[string]string{
		"class": hostile, "id": "appointment-" + hostile, "href": "/appointments/" + hostile, "data-status": hostile, "title": hostile,
	} {
		if got := tile.AttrOr(name, ""); got != wanted {
			t.Errorf("%s is %q, not %q", name, got, wanted)
		}
	}
	if tile.Find(".tile-title").Text() != hostile || tile.Find(".tile-text").Text() != hostile {
		t.Errorf("the appointment reads otherwise: %s", page.String())
	}
}

// BenchmarkADay draws a day of three providers with forty appointments, in its frame.
func BenchmarkADay(b *testing.B) {
	slot := Slot{Class: "day-slot at-12 span-6", Time: "09:00", Href: "/appointments/new?date=2031-03-03&time=09:00"}
	tile := Tile{
		ID: "019765b2-4a4f-7b6e-9a33-0c5a1b2c3d4e", Class: "tile color-teal at-12 span-6", Status: "booked",
		Title: "Ana Pop", Text: "09:00 · Consultation", Full: "09:00–09:30 · Ana Pop · Consultation",
	}
	provider := Column{
		Name: "Dr. Popescu", Hours: "09:00–17:00", ColorClass: "color-teal", Color: "teal",
		Off: []string{"day-off at-0 span-3"}, Slots: slices.Repeat([]Slot{slot}, 3), Tiles: slices.Repeat([]Tile{tile}, 13),
	}
	grid := Grid{Class: "day day-columns-3", Hours: slices.Repeat([]Hour{{Class: "day-hour at-12", Label: "09:00"}}, 12), Columns: slices.Repeat([]Column{provider}, 3)}
	shown := Calendar{View: "day", Date: "2031-03-03", Title: "Monday, 3 Mar 2031", Day: &Day{Grids: []Grid{grid}}}
	ctx := locale.With(b.Context(), locale.New(locale.English, time.UTC, "RO", nil))
	ctx = layout.With(ctx, layout.Frame{PersonName: "Maria Ionescu", TenantName: "Aurora", Role: actor.Owner, CSRF: "token", Section: layout.Calendar})
	var page strings.Builder
	b.ReportAllocs()
	for b.Loop() {
		page.Reset()
		if err := layout.Page("Calendar").Render(templ.WithChildren(ctx, CalendarPage(shown)), &page); err != nil {
			b.Fatal(err)
		}
	}
}
