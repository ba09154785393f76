package locale

import (
	"math"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"

	"frontdesk/internal/phone"
)

// Date returns the day in the clinic's zone: "23 Nov 2026", "23 nov. 2026".
func (l *Locale) Date(t time.Time) string { return l.catalog.forms.FmtDateMedium(t.In(l.zone)) }

// DateLong returns the day with its weekday: "Monday, 23 November 2026".
func (l *Locale) DateLong(t time.Time) string { return l.catalog.forms.FmtDateFull(t.In(l.zone)) }

// Weekday returns the day's name as a title writes it: "Monday", "Luni".
func (l *Locale) Weekday(t time.Time) string { return l.WeekdayName(t.In(l.zone).Weekday()) }

// WeekdayName returns the name of a weekday as a title writes it.
func (l *Locale) WeekdayName(day time.Weekday) string {
	return capitalised(l.catalog.forms.WeekdayWide(day))
}

// WeekdayShort returns the day's name where there is little room: "Mon", "lun.".
func (l *Locale) WeekdayShort(t time.Time) string {
	return l.catalog.forms.WeekdayAbbreviated(t.In(l.zone).Weekday())
}

// MonthYear returns the month as a title writes it: "November 2026".
func (l *Locale) MonthYear(t time.Time) string {
	t = t.In(l.zone)
	return capitalised(l.catalog.forms.MonthWide(t.Month())) + t.Format(" 2006")
}

// Time returns the time of day in the clinic's zone: "09:05".
func (l *Locale) Time(t time.Time) string { return t.In(l.zone).Format("15:04") }

// DateTime returns day and time: "23 Nov 2026, 09:05".
func (l *Locale) DateTime(t time.Time) string { return l.Date(t) + ", " + l.Time(t) }

// Relative returns how long ago or ahead t is: "just now", "5 minutes ago",
// "yesterday", "in 2 hours"; beyond a week, the date.
func (l *Locale) Relative(t time.Time) string {
	now := l.Now()
	distance := now.Sub(t)
	past := distance >= 0
	distance = distance.Abs()
	switch days := calendarDays(t.In(l.zone), now); {
	case distance < 45*time.Second:
		return l.T("time.now")
	case distance < 59*time.Minute+30*time.Second:
		return l.T(direction("time.minutes_", past), "count", rounded(distance, time.Minute))
	case days == 0 || distance < 6*time.Hour:
		return l.T(direction("time.hours_", past), "count", rounded(distance, time.Hour))
	case days == 1 && past:
		return l.T("time.yesterday")
	case days == 1:
		return l.T("time.tomorrow")
	case days < 7:
		return l.T(direction("time.days_", past), "count", days)
	}
	return l.Date(t)
}

func direction(prefix string, past bool) string {
	if past {
		return prefix + "ago"
	}
	return prefix + "ahead"
}

func rounded(d, unit time.Duration) int { return max(1, int(d.Round(unit)/unit)) }

// calendarDays counts midnights between two instants of one zone, whichever
// comes first. Days are counted on the calendar, since one may have 23 hours.
func calendarDays(a, b time.Time) int {
	days := dayNumber(a) - dayNumber(b)
	return max(days, -days)
}

func dayNumber(t time.Time) int {
	year, month, day := t.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Duration returns a length in hours and minutes: "45 min", "1 h 30 min".
func (l *Locale) Duration(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	hours, rest := minutes/60, minutes%60
	switch {
	case hours == 0:
		return l.T("duration.minutes", "minutes", rest)
	case rest == 0:
		return l.T("duration.hours", "hours", hours)
	}
	return l.T("duration.hours_minutes", "hours", hours, "minutes", rest)
}

// Number returns a whole number with the language's separators: "12,345",
// "12.345".
func (l *Locale) Number(n int64) string { return l.catalog.forms.FmtNumber(float64(n), 0) }

// currencySigns are the signs that a receptionist knows; other currencies are
// written by their ISO 4217 code.
var currencySigns = map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}

// Money returns an amount in the currency's smallest unit: Money(15000, "RON") is
// "RON 150.00" or "150,00 RON". The currency is an ISO 4217 code; one that does
// not exist counts as having two decimals.
func (l *Locale) Money(minor int64, code string) string {
	decimals := 2
	if unit, err := currency.ParseISO(code); err == nil {
		decimals, _ = currency.Standard.Rounding(unit)
	}
	amount := l.catalog.forms.FmtNumber(float64(minor)/math.Pow10(decimals), uint64(decimals))
	sign, known := currencySigns[code]
	const noBreakSpace = "\u00a0"
	switch {
	case l.catalog.language == Romanian:
		return amount + noBreakSpace + code
	case known && strings.HasPrefix(amount, "-"):
		return "-" + sign + amount[1:]
	case known:
		return sign + amount
	}
	return code + noBreakSpace + amount
}

// Phone returns a number, as it is kept, as people of the clinic's country write it, and
// numbers of other countries in international form. What is not a number comes back as it
// is.
func (l *Locale) Phone(kept string) string { return phone.Format(kept, l.country) }

// ParsePhone reads a phone number as a person types it, in national form of the
// clinic's country or with +, and returns it as it is kept. ok is false when no such
// number can exist.
func (l *Locale) ParsePhone(text string) (kept string, ok bool) { return phone.Parse(text, l.country) }

// PersonName returns a person's name in the order of the language. English and
// Romanian both put the first name first; either part may be empty.
func (l *Locale) PersonName(first, last string) string {
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

func capitalised(word string) string {
	for i, r := range word {
		return string(unicode.ToUpper(r)) + word[i+len(string(r)):]
	}
	return word
}
