package appointment

import (
	"context"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	"frontdesk/internal/web"
	views "frontdesk/views/appointment"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

const (
	agendaDays = 7
	// agendaRows bounds the agenda; what does not fit is a page further on.
	agendaRows = 1000
	// phoneColumns is how many providers fit beside each other on a phone.
	phoneColumns = 2
	// weekRows is how many appointments a day of the week shows.
	weekRows = 8
)

// calendar is what a view is made from.
type calendar struct {
	handler *Handler
	locale  *locale.Locale
	zone    *time.Location
	now     time.Time
	date    time.Time
	shown   views.Calendar
}

// Calendar shows a day, week, month or the next days.
func (h *Handler) Calendar(c *fiber.Ctx) error {
	ctx := c.UserContext()
	made, err := h.newCalendar(c)
	if err != nil {
		return err
	}
	providers, err := h.Store.Statement(ctx).AppointmentProviderList(ctx, int16(localtime.Weekday(made.date)))
	if err != nil {
		return err
	}
	made.shown.NoProviders = len(providers) == 0
	if made.shown.View == "" {
		made.shown.View = usualView(c, providers)
	}
	if err := made.fill(ctx, providers); err != nil {
		return err
	}
	if today := localtime.DayOf(made.now, made.zone); made.shown.View != "day" || !made.date.Equal(today) {
		web.KeepForTheDay(ctx) // today alone shows what time it is
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Calendar, made.locale.T("nav.calendar"), views.CalendarPage(made.shown))
}

func (h *Handler) newCalendar(c *fiber.Ctx) (*calendar, error) {
	l := locale.From(c.UserContext())
	made := &calendar{handler: h, locale: l, zone: l.Zone(), now: l.Now(), date: localtime.DayOf(l.Now(), l.Zone())}
	if text := c.Query("date"); text != "" {
		date, err := parseDay(text)
		if err != nil {
			return nil, err
		}
		made.date = date
	}
	view := c.Query("view")
	if view != "" && !slices.Contains(views.Views, view) {
		return nil, fault.New(fault.Malformed, "")
	}
	made.shown.View, made.shown.Date = view, made.date.Format(isoDate)
	made.shown.Here = here(c)
	return made, nil
}

// here is the address that was asked, without what the calendar does not know.
func here(c *fiber.Ctx) string {
	query := url.Values{}
	for _, name := range []string{"view", "date"} {
		if value := c.Query(name); value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return c.Path()
	}
	return c.Path() + "?" + query.Encode()
}

// usualView is the day, or the list on a phone on which the day's columns would
// not fit beside each other.
func usualView(c *fiber.Ctx, providers []db.AppointmentProviderListRow) string {
	if web.IsPhone(c) && len(groupByProvider(providers)) > phoneColumns {
		return "agenda"
	}
	return "day"
}

func (m *calendar) fill(ctx context.Context, providers []db.AppointmentProviderListRow) error {
	switch m.shown.View {
	case "week":
		return m.fillWeek(ctx)
	case "month":
		return m.fillMonth(ctx)
	case "agenda":
		return m.fillAgenda(ctx)
	}
	return m.fillDay(ctx, providers)
}

// frame sets the title, and what stands before and after.
func (m *calendar) frame(title string, previous, next, since, until time.Time) {
	today := localtime.DayOf(m.now, m.zone)
	m.shown.Title = title
	m.shown.Previous, m.shown.Next = m.address(previous), m.address(next)
	m.shown.Current = !today.Before(since) && today.Before(until)
}

func (m *calendar) address(date time.Time) string {
	return "/calendar?view=" + m.shown.View + "&date=" + date.Format(isoDate)
}

// between reads the appointments that touch the days from since until before until.
func (m *calendar) between(ctx context.Context, since, until time.Time, most int32) ([]db.AppointmentListBetweenRow, error) {
	from := localtime.DayStart(since, m.zone)
	return m.handler.Store.Statement(ctx).AppointmentListBetween(ctx, db.AppointmentListBetweenParams{
		EarliestStart: from.Add(-booking.LookBack), Since: from, Until: localtime.DayStart(until, m.zone), Most: most,
	})
}

func (m *calendar) fillDay(ctx context.Context, providers []db.AppointmentProviderListRow) error {
	tomorrow := m.date.AddDate(0, 0, 1)
	rows, err := m.between(ctx, m.date, tomorrow, math.MaxInt32)
	if err != nil {
		return err
	}
	m.frame(m.dayTitle(m.date), m.date.AddDate(0, 0, -1), tomorrow, m.date, tomorrow)
	m.shown.Day = newDay(m, providers, rows).show()
	return nil
}

// dayTitle is a day as a heading: "Monday, 23 Nov 2026".
func (m *calendar) dayTitle(date time.Time) string {
	start := localtime.DayStart(date, m.zone)
	return m.locale.Weekday(start) + ", " + m.locale.Date(start)
}

func (m *calendar) rangeTitle(first, last time.Time) string {
	return m.locale.Date(localtime.DayStart(first, m.zone)) + " – " + m.locale.Date(localtime.DayStart(last, m.zone))
}

func (m *calendar) fillAgenda(ctx context.Context) error {
	until := m.date.AddDate(0, 0, agendaDays)
	rows, err := m.between(ctx, m.date, until, agendaRows)
	if err != nil {
		return err
	}
	if len(rows) == agendaRows {
		// The last day is not whole: it begins the next page instead.
		if last := localtime.DayOf(rows[len(rows)-1].StartsAt, m.zone); last.After(m.date) {
			until = last
		}
	}
	m.frame(m.rangeTitle(m.date, until.AddDate(0, 0, -1)), m.date.AddDate(0, 0, -agendaDays), until, m.date, until)
	m.shown.Agenda = &views.Agenda{Days: m.agenda(rows, until)}
	return nil
}

// agenda are the days until before another on which something takes place, each with all
// that touches it.
func (m *calendar) agenda(rows []db.AppointmentListBetweenRow, until time.Time) []views.AgendaDay {
	var days []views.AgendaDay
	for date := m.date; date.Before(until); date = date.AddDate(0, 0, 1) {
		on := m.dateOf(date, m.date)
		day := views.AgendaDay{Title: m.relativeTitle(date), Date: date.Format(isoDate)}
		for i := range rows {
			if on.touches(&rows[i]) {
				day.Rows = append(day.Rows, m.agendaRow(&rows[i], on))
			}
		}
		if len(day.Rows) > 0 {
			days = append(days, day)
		}
	}
	return days
}

func (m *calendar) agendaRow(row *db.AppointmentListBetweenRow, on dateInView) views.AgendaRow {
	return views.AgendaRow{
		ID: row.ID.String(), Part: on.part(row), Status: row.Status, From: on.clock(m.locale, row.StartsAt), Until: on.clock(m.locale, row.EndsAt),
		Client: m.locale.PersonName(row.FirstName, row.LastName), Text: row.ServiceName + " · " + row.ProviderName,
		ColorClass: ui.ColorClass(row.ProviderColor),
	}
}

func (m *calendar) relativeTitle(date time.Time) string {
	switch today := localtime.DayOf(m.now, m.zone); {
	case date.Equal(today):
		return m.locale.T("appointment.today") + " · " + m.dayTitle(date)
	case date.Equal(today.AddDate(0, 0, 1)):
		return m.locale.T("appointment.tomorrow") + " · " + m.dayTitle(date)
	}
	return m.dayTitle(date)
}

// monday returns the first day of a date's week.
func monday(date time.Time) time.Time { return date.AddDate(0, 0, 1-localtime.Weekday(date)) }

func (m *calendar) fillWeek(ctx context.Context) error {
	first := monday(m.date)
	until := first.AddDate(0, 0, 7)
	rows, err := m.between(ctx, first, until, math.MaxInt32)
	if err != nil {
		return err
	}
	m.frame(m.rangeTitle(first, until.AddDate(0, 0, -1)), m.date.AddDate(0, 0, -7), m.date.AddDate(0, 0, 7), first, until)
	week := &views.Week{}
	for date := first; date.Before(until); date = date.AddDate(0, 0, 1) {
		week.Days = append(week.Days, m.weekDay(date, rows))
	}
	m.shown.Week = week
	return nil
}

func (m *calendar) weekDay(date time.Time, rows []db.AppointmentListBetweenRow) views.WeekDay {
	on := m.dateOf(date, monday(date))
	day := views.WeekDay{
		Weekday: m.locale.Weekday(on.from), Label: date.Format("2"), Date: date.Format(isoDate), Today: date.Equal(localtime.DayOf(m.now, m.zone)),
	}
	for i := range rows {
		row := &rows[i]
		if row.Status == booking.Cancelled || !on.touches(row) {
			continue
		}
		day.Count++
		if len(day.Tiles) < weekRows {
			day.Tiles = append(day.Tiles, m.weekTile(row, on))
		}
	}
	day.More = day.Count - len(day.Tiles)
	return day
}

func (m *calendar) weekTile(row *db.AppointmentListBetweenRow, on dateInView) views.Tile {
	clock, client := on.clock(m.locale, row.StartsAt), m.locale.PersonName(row.FirstName, row.LastName)
	return views.Tile{
		ID: row.ID.String(), Part: on.part(row), Status: row.Status, Title: client, Text: clock,
		Class: ui.ColorClass(row.ProviderColor),
		Full:  clock + " " + client + " · " + row.ServiceName + " · " + row.ProviderName,
	}
}

func (m *calendar) fillMonth(ctx context.Context) error {
	first := time.Date(m.date.Year(), m.date.Month(), 1, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 1, 0)
	from, until := monday(first), monday(next.AddDate(0, 0, 6))
	since := localtime.DayStart(from, m.zone)
	counts, err := m.handler.Store.Statement(ctx).AppointmentCountDays(ctx, db.AppointmentCountDaysParams{
		Zone: m.zone.String(), EarliestStart: since.Add(-booking.LookBack), Since: since, Until: localtime.DayStart(until, m.zone),
	})
	if err != nil {
		return err
	}
	perDay := make(map[string]int, len(counts))
	for _, count := range counts {
		perDay[count.Day.Format(isoDate)] = int(count.Appointments)
	}
	m.frame(m.locale.MonthYear(localtime.DayStart(first, m.zone)), first.AddDate(0, -1, 0), next, first, next)
	m.shown.Month = m.month(first, from, until, perDay)
	return nil
}

func (m *calendar) month(first, from, until time.Time, perDay map[string]int) *views.Month {
	month := &views.Month{}
	for date := from; date.Before(until); date = date.AddDate(0, 0, 1) {
		if date.Before(from.AddDate(0, 0, 7)) {
			month.Weekdays = append(month.Weekdays, m.locale.WeekdayName(date.Weekday()))
		}
		if localtime.Weekday(date) == 1 {
			month.Weeks = append(month.Weeks, nil)
		}
		iso, week := date.Format(isoDate), &month.Weeks[len(month.Weeks)-1]
		*week = append(*week, views.MonthDay{
			Label: date.Format("2"), Date: iso, Full: m.dayTitle(date), Count: perDay[iso],
			Today: date.Equal(localtime.DayOf(m.now, m.zone)), Outside: date.Month() != first.Month(),
		})
	}
	return month
}
