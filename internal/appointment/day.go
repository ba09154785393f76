package appointment

import (
	"slices"
	"strconv"
	"time"

	"frontdesk/internal/booking"
	"frontdesk/internal/db"
	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
	views "frontdesk/views/appointment"
	"frontdesk/views/ui"
)

const (
	// gridUnit is the grid of the design's classes, in minutes.
	gridUnit = 5
	slotSize = 30
	mostLane = 4
	// The hours in sight when nothing says otherwise.
	usualFrom, usualUntil = 8 * 60, 18 * 60
)

// day lays a day's appointments out by what clocks show, in minutes past
// midnight. On the doubled hour of autumn two appointments may so stand at one
// place: they get lanes, and their times name the zone. The hour that spring
// skips is marked.
type day struct {
	locale *locale.Locale
	zone   *time.Location
	date   time.Time
	// begins and ends are the first instant of the day and of the next one.
	begins, ends time.Time
	now          time.Time
	columns      []*dayColumn
	// from and until are the minutes in sight, whole hours.
	from, until int
	// changes is true when clocks change; tall when an appointment is too short
	// for the usual height of an hour.
	changes, tall bool
}

type dayColumn struct {
	provider db.AppointmentProviderListRow
	hours    []booking.Span
	blocks   []block
}

// block is an appointment's span in its column, in minutes.
type block struct {
	row               *db.AppointmentListBetweenRow
	starts, ends      int
	busyFrom, busyEnd int
	lane, lanes       int
}

func newDay(m *calendar, providers []db.AppointmentProviderListRow, rows []db.AppointmentListBetweenRow) *day {
	d := &day{locale: m.locale, zone: m.zone, date: m.date, now: m.now, from: localtime.MinutesOfDay}
	d.begins, d.ends = localtime.DaySpan(m.date, m.zone)
	d.changes = d.ends.Sub(d.begins) != localtime.MinutesOfDay*time.Minute
	d.columns = groupByProvider(providers)
	for i := range rows {
		if rows[i].Status != booking.Cancelled {
			d.add(&rows[i])
		}
	}
	for _, column := range d.columns {
		column.hours = booking.Joined(column.hours)
		assignLanes(column.blocks)
		for _, span := range column.hours {
			d.reveal(span.Starts, span.Ends)
		}
	}
	if d.from >= d.until {
		d.from, d.until = usualFrom, usualUntil
	}
	d.from, d.until = d.from/60*60, roundUp(d.until, 60)
	return d
}

// reveal widens the hours in sight.
func (d *day) reveal(starts, ends int) { d.from, d.until = min(d.from, starts), max(d.until, ends) }

func groupByProvider(spans []db.AppointmentProviderListRow) []*dayColumn {
	var columns []*dayColumn
	for _, span := range spans {
		if len(columns) == 0 || columns[len(columns)-1].provider.ID != span.ID {
			columns = append(columns, &dayColumn{provider: span})
		}
		if span.Weekday > 0 {
			column := columns[len(columns)-1]
			column.hours = append(column.hours, booking.Span{Starts: int(span.Starts), Ends: int(span.Ends)})
		}
	}
	return columns
}

// add puts an appointment in its provider's column; a provider who is no longer
// active gets one as long as there is something to show.
func (d *day) add(row *db.AppointmentListBetweenRow) {
	b := block{row: row}
	b.starts, b.ends = d.minutes(row.StartsAt, row.EndsAt)
	b.busyFrom, b.busyEnd = d.minutes(row.OccupiedFrom, row.OccupiedUntil)
	d.reveal(b.starts, b.ends)
	d.tall = d.tall || b.ends-b.starts < 2*gridUnit
	column := d.column(row)
	column.blocks = append(column.blocks, b)
}

func (d *day) column(row *db.AppointmentListBetweenRow) *dayColumn {
	for _, column := range d.columns {
		if column.provider.ID == row.ProviderID {
			return column
		}
	}
	column := &dayColumn{provider: db.AppointmentProviderListRow{ID: row.ProviderID, Name: row.ProviderName, Color: row.ProviderColor}}
	d.columns = append(d.columns, column)
	return column
}

// minutes returns the part of a time that lies on this day, as clocks show it. It
// is never shorter than it lasts: an appointment over the repeated hour would
// otherwise end before it begins.
func (d *day) minutes(from, until time.Time) (starts, ends int) {
	starts, ends = d.minute(from), d.minute(until)
	if starts > 0 {
		ends = max(ends, starts+int(until.Sub(from).Minutes()))
	}
	starts, ends = roundTo(starts, gridUnit), roundTo(ends, gridUnit)
	return min(starts, localtime.MinutesOfDay-gridUnit), min(max(ends, starts+gridUnit), localtime.MinutesOfDay)
}

func roundTo(n, unit int) int { return (n + unit/2) / unit * unit }

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// minute is what clocks show at an instant, 0 before the day and 1440 after it. Where
// clocks do not change it is counted: a zone that is looked up four times for each
// appointment takes as long as all the rest of the day.
func (d *day) minute(t time.Time) int {
	switch {
	case t.Before(d.begins):
		return 0
	case !t.Before(d.ends):
		return localtime.MinutesOfDay
	case d.changes:
		return localtime.MinuteOf(t, d.zone)
	}
	return int(t.Sub(d.begins) / time.Minute)
}

// assignLanes puts blocks that overlap beside each other. blocks come in the
// order of their starts.
func assignLanes(blocks []block) {
	for first := 0; first < len(blocks); {
		last, ends, lanes := first, blocks[first].ends, []int{}
		for ; last < len(blocks) && blocks[last].starts < ends || last == first; last++ {
			lane := slices.IndexFunc(lanes, func(free int) bool { return free <= blocks[last].starts })
			if lane < 0 {
				lane = len(lanes)
				lanes = append(lanes, 0)
			}
			lanes[lane], blocks[last].lane = blocks[last].ends, min(lane, mostLane-1)
			ends = max(ends, blocks[last].ends)
		}
		for i := first; i < last; i++ {
			blocks[i].lanes = min(len(lanes), mostLane)
		}
		first = last
	}
}

// show turns the day into what the page shows, a grid for each twelve providers.
func (d *day) show() *views.Day {
	shown := &views.Day{ClockChange: d.changes}
	for columns := range slices.Chunk(d.columns, views.MostColumns) {
		grid := views.Grid{
			Class:   "day " + views.GridClass(len(columns), d.tall) + " day-from-" + strconv.Itoa(d.from/60) + " day-until-" + strconv.Itoa(d.until/60),
			Hours:   d.hours(),
			Columns: make([]views.Column, len(columns)),
		}
		for i, column := range columns {
			grid.Columns[i] = d.showColumn(column)
		}
		shown.Grids = append(shown.Grids, grid)
	}
	return shown
}

func (d *day) hours() []views.Hour {
	var hours []views.Hour
	for minute := d.from; minute < d.until; minute += 60 {
		hours = append(hours, views.Hour{Class: "day-hour " + atClass(minute), Label: localtime.Clock(minute)})
	}
	return hours
}

func (d *day) showColumn(column *dayColumn) views.Column {
	shown := views.Column{
		ProviderID: column.provider.ID.String(), Name: column.provider.Name, Color: column.provider.Color,
		ColorClass: ui.ColorClass(column.provider.Color), Hours: d.hoursText(column.hours), Off: d.off(column.hours),
		Slots: d.slots(column), Tiles: make([]views.Tile, len(column.blocks)),
	}
	if minute := localtime.MinuteOf(d.now, d.zone); localtime.DayOf(d.now, d.zone).Equal(d.date) && minute >= d.from && minute < d.until {
		shown.Now = "day-now " + atClass(roundTo(minute, gridUnit))
	}
	if d.changes {
		shown.Absent = d.absent()
	}
	for i := range column.blocks {
		shown.Tiles[i] = d.showBlock(&column.blocks[i], shown.ColorClass)
	}
	return shown
}

func (d *day) hoursText(hours []booking.Span) string {
	if len(hours) == 0 {
		return d.locale.T("appointment.day_off")
	}
	text := ""
	for i, span := range hours {
		if i > 0 {
			text += ", "
		}
		text += localtime.Clock(span.Starts) + "–" + localtime.Clock(span.Ends%localtime.MinutesOfDay)
	}
	return text
}

// off are the gaps between working spans, as far as they are in sight.
func (d *day) off(hours []booking.Span) []string {
	var classes []string
	from := d.from
	for _, span := range append(slices.Clone(hours), booking.Span{Starts: d.until, Ends: d.until}) {
		if span.Starts > from {
			classes = append(classes, spanClass("day-off", from, span.Starts))
		}
		from = max(from, span.Ends)
	}
	return classes
}

// absent are the hours that clocks skip.
func (d *day) absent() []string {
	var classes []string
	for minute := d.from; minute < d.until; minute += slotSize {
		if len(localtime.Instants(d.date, minute, d.zone)) == 0 {
			classes = append(classes, spanClass("day-off is-blocked", minute, minute+slotSize))
		}
	}
	return classes
}

// slots are the free half hours of working time that are still ahead.
func (d *day) slots(column *dayColumn) []views.Slot {
	today := localtime.DayOf(d.now, d.zone)
	if d.date.Before(today) {
		return nil
	}
	earliest := 0
	if d.date.Equal(today) {
		earliest = localtime.MinuteOf(d.now, d.zone)
	}
	address := "/appointments/new?date=" + d.date.Format(isoDate) + "&provider_id=" + column.provider.ID.String() + "&time="
	var slots []views.Slot
	for _, span := range column.hours {
		for minute := roundUp(span.Starts, slotSize); minute+slotSize <= span.Ends; minute += slotSize {
			if minute < earliest || column.busy(minute) || d.changes && len(localtime.Instants(d.date, minute, d.zone)) != 1 {
				continue
			}
			slots = append(slots, views.Slot{Class: spanClass("day-slot", minute, minute+slotSize), Time: localtime.Clock(minute), Href: address + localtime.Clock(minute)})
		}
	}
	return slots
}

func (c *dayColumn) busy(minute int) bool {
	for i := range c.blocks {
		if c.blocks[i].busyFrom < minute+slotSize && minute < c.blocks[i].busyEnd {
			return true
		}
	}
	return false
}

func (d *day) showBlock(b *block, colorClass string) views.Tile {
	starts, ends := d.clock(b.row.StartsAt), d.clock(b.row.EndsAt)
	client := d.locale.PersonName(b.row.FirstName, b.row.LastName)
	text := starts + " · " + b.row.ServiceName
	if b.row.Status != booking.Booked {
		text += " · " + d.locale.T("appointment.status_"+b.row.Status)
	}
	class := spanClass("tile "+colorClass, b.starts, b.ends)
	if b.lanes > 1 {
		class += " lanes-" + strconv.Itoa(b.lanes) + " lane-" + strconv.Itoa(b.lane)
	}
	return views.Tile{
		ID: b.row.ID.String(), Class: class, Status: b.row.Status, Title: client, Text: text,
		Full: starts + "–" + ends + " · " + client + " · " + b.row.ServiceName,
	}
}

func (d *day) clock(t time.Time) string {
	if d.changes {
		return clockText(d.locale, t)
	}
	if t.Before(d.begins) || t.After(d.ends) {
		return localtime.Clock(localtime.MinuteOf(t, d.zone))
	}
	return localtime.Clock(d.minute(t) % localtime.MinutesOfDay)
}

func atClass(minute int) string {
	return "at-" + strconv.Itoa(min(minute, localtime.MinutesOfDay-gridUnit)/gridUnit)
}

func spanClass(class string, starts, ends int) string {
	return class + " " + atClass(starts) + " span-" + strconv.Itoa((ends-starts)/gridUnit)
}
