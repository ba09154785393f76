package appointment

import (
	"time"

	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
)

// dateInView is one of the local days that a view shows, with all that touches it: of a
// night's appointment, that is more days than the one on which it begins (hazard 111).
type dateInView struct {
	date        time.Time
	from, until time.Time
	// first is true for the first day of the view.
	first bool
}

func (m *calendar) dateOf(date, first time.Time) dateInView {
	from, until := localtime.DaySpan(date, m.zone)
	return dateInView{date: date, from: from, until: until, first: date.Equal(first)}
}

func (d dateInView) touches(row *db.AppointmentListBetweenRow) bool {
	return row.StartsAt.Before(d.until) && row.EndsAt.After(d.from)
}

// part tells an appointment that is shown again, since it goes on, from where the view
// shows it first: no two elements of a page have one id.
func (d dateInView) part(row *db.AppointmentListBetweenRow) string {
	if d.first || !row.StartsAt.Before(d.from) {
		return ""
	}
	return "-" + d.date.Format(isoDate)
}

// clock is a time of day as it is said on the day: with its own day where that is another.
// Midnight is the end of the day before as well.
func (d dateInView) clock(l *locale.Locale, t time.Time) string {
	if t.Before(d.from) || t.After(d.until) {
		return l.WeekdayShort(t) + " " + clockText(l, t)
	}
	return clockText(l, t)
}
