package locale

import (
	"context"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/clock"
)

func bucharest(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// noon is Monday, 23 November 2026, 12:00 in Bucharest.
var noon = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func romanian(t testing.TB, now time.Time) *Locale {
	return New(Romanian, bucharest(t), "RO", clock.Fixed(now))
}

func english(t testing.TB, now time.Time) *Locale {
	return New(English, bucharest(t), "RO", clock.Fixed(now))
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if plain := strings.ReplaceAll(got, "\u00a0", " "); plain != want {
		t.Errorf("got %q, want %q", plain, want)
	}
}

func TestRomanianHasThreePluralForms(t *testing.T) {
	t.Parallel()
	l := romanian(t, noon)
	equal(t, l.T("nav.unread", "count", 1), "un mesaj necitit")
	equal(t, l.T("nav.unread", "count", 0), "0 mesaje necitite")
	equal(t, l.T("nav.unread", "count", 19), "19 mesaje necitite")
	equal(t, l.T("nav.unread", "count", 20), "20 de mesaje necitite")
	equal(t, l.T("nav.unread", "count", 101), "101 mesaje necitite")
}

func TestHazard068ATemplateInAValueIsText(t *testing.T) {
	t.Parallel()
	equal(t, english(t, noon).T("duration.minutes", "minutes", "{{.}}<b>{{printf 1}}"), "{{.}}<b>{{printf 1}} min")
}

func TestAMissingKeyIsLoudInATest(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(){
		"unknown key":    func() { english(t, noon).T("no.such_key") },
		"half a pair":    func() { english(t, noon).T("duration.minutes", "minutes") },
		"a nameless one": func() { english(t, noon).T("duration.minutes", 5, 6) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}

func TestAPlainMessageCostsNothing(t *testing.T) {
	l := romanian(t, noon)
	if allocations := testing.AllocsPerRun(100, func() { l.T("nav.calendar") }); allocations > 0 {
		t.Errorf("a plain message allocates %v times", allocations)
	}
}

func BenchmarkPlainMessage(b *testing.B) {
	l := romanian(b, noon)
	for b.Loop() {
		l.T("nav.calendar")
	}
}

func TestDatesAreInTheLanguageAndZone(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	en, ro := english(t, noon), romanian(t, noon)
	equal(t, en.Date(late), "24 Nov 2026")
	equal(t, ro.Date(late), "24 nov. 2026")
	equal(t, en.DateLong(noon), "Monday, 23 November 2026")
	equal(t, ro.DateLong(noon), "luni, 23 noiembrie 2026")
	equal(t, ro.Weekday(noon), "Luni")
	equal(t, ro.WeekdayName(time.Saturday), "Sâmbătă")
	equal(t, ro.MonthYear(noon), "Noiembrie 2026")
	equal(t, en.Time(late), "01:30")
	equal(t, ro.DateTime(noon), "23 nov. 2026, 12:00")
}

func TestRelativeTimesReadAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	cases := []struct {
		offset time.Duration
		en, ro string
	}{
		{0, "just now", "chiar acum"},
		{-44 * time.Second, "just now", "chiar acum"},
		{-50 * time.Second, "1 minute ago", "acum un minut"},
		{20 * time.Minute, "in 20 minutes", "peste 20 de minute"},
		{-59*time.Minute - 40*time.Second, "1 hour ago", "acum o oră"},
		{-2 * time.Hour, "2 hours ago", "acum 2 ore"},
		{-13 * time.Hour, "yesterday", "ieri"},
		{13 * time.Hour, "tomorrow", "mâine"},
		{-72 * time.Hour, "3 days ago", "acum 3 zile"},
		{96 * time.Hour, "in 4 days", "peste 4 zile"},
		{-8 * 24 * time.Hour, "15 Nov 2026", "15 nov. 2026"},
	}
	for _, c := range cases {
		equal(t, english(t, noon).Relative(noon.Add(c.offset)), c.en)
		equal(t, romanian(t, noon).Relative(noon.Add(c.offset)), c.ro)
	}
}

// The night of 25 October 2026 has 25 hours in Bucharest: a day is counted on the
// calendar, not by 24 hours.
func TestHazard099YesterdayIsYesterdayOverTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	zone := bucharest(t)
	sundayEvening := time.Date(2026, 10, 25, 23, 50, 0, 0, zone)
	saturdayMorning := time.Date(2026, 10, 24, 0, 10, 0, 0, zone)
	equal(t, english(t, sundayEvening).Relative(saturdayMorning), "yesterday")
}

func TestNumbersMoneyAndLengths(t *testing.T) {
	t.Parallel()
	en, ro := english(t, noon), romanian(t, noon)
	equal(t, en.Number(1234567), "1,234,567")
	equal(t, ro.Number(1234567), "1.234.567")
	equal(t, en.Money(123450, "RON"), "RON 1,234.50")
	equal(t, ro.Money(123450, "RON"), "1.234,50 RON")
	equal(t, en.Money(-500, "EUR"), "-€5.00")
	equal(t, en.Money(500, "JPY"), "JPY 500")
	equal(t, en.Money(500, "?"), "? 5.00")
	equal(t, ro.Duration(90*time.Minute), "1 h 30 min")
	equal(t, en.Duration(2*time.Hour), "2 h")
	equal(t, en.Duration(45*time.Minute), "45 min")
}

func TestPhonesAreReadAndWrittenInTheCountrysForm(t *testing.T) {
	t.Parallel()
	l := romanian(t, noon)
	number, ok := l.ParsePhone(" 0721.234.567 ")
	if !ok || number != "+40721234567" {
		t.Fatalf("got %q, %v", number, ok)
	}
	equal(t, l.Phone(number), "0721 234 567")
	equal(t, l.Phone("+442079460958"), "+44 20 7946 0958")
	equal(t, New(English, nil, "", nil).Phone(number), "+40 721 234 567")
	equal(t, l.Phone("not a phone"), "not a phone")
	for _, bad := range []string{"", "12", "hello", strings.Repeat("9", 5000), "\x00", "+0"} {
		if _, ok := l.ParsePhone(bad); ok {
			t.Errorf("%.20q counts as a phone", bad)
		}
	}
}

func TestANameMayLackAPart(t *testing.T) {
	t.Parallel()
	l := english(t, noon)
	equal(t, l.PersonName("Ioana", "Popescu"), "Ioana Popescu")
	equal(t, l.PersonName(" ", "Popescu"), "Popescu")
	equal(t, l.PersonName("Ioana", ""), "Ioana")
}

func TestTheLanguageIsMatchedFromTheHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                                English,
		"ro-RO,ro;q=0.9,en;q=0.8":         Romanian,
		"de-DE,ro;q=0.5":                  Romanian,
		"de":                              English,
		"en-US,en;q=0.9":                  English,
		"\x00;;q=q":                       English,
		strings.Repeat("ro-RO,", 100_000): English,
	} {
		if got := Match(header); got != want {
			t.Errorf("%.30q: got %s, want %s", header, got, want)
		}
	}
}

func TestALocaleIsNeverMissing(t *testing.T) {
	t.Parallel()
	l := From(context.Background())
	if l.Language() != English || l.Zone() != time.UTC {
		t.Errorf("got %s in %s", l.Language(), l.Zone())
	}
	if got := From(With(context.Background(), romanian(t, noon))).Language(); got != Romanian {
		t.Errorf("got %s", got)
	}
	if got := New("xx", nil, "", nil).Language(); got != English {
		t.Errorf("an unknown language is %s", got)
	}
}
