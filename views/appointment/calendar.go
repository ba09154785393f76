package appointment

// Calendar is what every view of the calendar has around it.
type Calendar struct {
	// View is "day", "week", "month" or "agenda"; Date the local day, ISO 8601.
	View, Date string
	Title      string
	// Here is the address that was asked: without a date it is always today's.
	Here string
	// Previous and Next are the addresses of the views beside this one.
	Previous, Next string
	// Current is true when today is in view.
	Current bool
	// NoProviders is a clinic in which nobody can be booked yet.
	NoProviders bool

	// One of these, as View says.
	Day    *Day
	Agenda *Agenda
	Week   *Week
	Month  *Month
}

// Day is a column for each provider. More providers than one grid has columns for
// make several grids.
type Day struct {
	Grids []Grid
	// ClockChange says that clocks change on this day.
	ClockChange bool
}

// Grid is a part of the day with a column for each of its providers.
type Grid struct {
	// Class sets the number of columns and the hours in sight.
	Class   string
	Hours   []Hour
	Columns []Column
}

// Hour is a label of the gutter.
type Hour struct{ Class, Label string }

// Column is a provider's day.
type Column struct {
	ProviderID, Name string
	// Color is the palette's name, ColorClass its class.
	Color, ColorClass string
	// Hours is when the provider works: "09:00–17:00".
	Hours string
	// Off are the classes of the times in which the provider does not work.
	Off []string
	// Absent are the classes of times that clocks skip.
	Absent []string
	// Now is the class of the present moment; empty when it is not in sight.
	Now   string
	Slots []Slot
	Tiles []Tile
}

// Slot is a free time that leads to booking.
type Slot struct{ Class, Time, Href string }

// Tile is an appointment in a column or list.
type Tile struct {
	ID, Class, Status string
	// Part is added to the id of an appointment that is shown on a second day.
	Part string
	// Title is the client, Text the time and service; Full says all on hover.
	Title, Text, Full string
}

// Agenda is the next days as a list.
type Agenda struct {
	Days []AgendaDay
}

// AgendaDay is a day with what it holds.
type AgendaDay struct {
	Title, Date string
	Rows        []AgendaRow
}

// AgendaRow is an appointment in a list.
type AgendaRow struct {
	ID, Part, Status, From, Until, Client, Text, ColorClass string
}

// Week is seven days beside each other.
type Week struct{ Days []WeekDay }

// WeekDay is a day of the week with its first appointments.
type WeekDay struct {
	Weekday, Label, Date string
	Today                bool
	Count                int
	Tiles                []Tile
	// More is how many are not shown.
	More int
}

// Month is whole weeks around a month.
type Month struct {
	Weekdays []string
	Weeks    [][]MonthDay
}

// MonthDay is a day with the number of its appointments.
type MonthDay struct {
	Label, Date, Full string
	Today, Outside    bool
	Count             int
}

// Views are the views of the calendar, in the order of their tabs.
var Views = []string{"day", "week", "month", "agenda"}

// gridClasses set the number of a grid's columns; the words stand whole so that
// they are found in the source.
var gridClasses = [...]string{
	"", "day-columns-1", "day-columns-2", "day-columns-3", "day-columns-4", "day-columns-5", "day-columns-6",
	"day-columns-7", "day-columns-8", "day-columns-9", "day-columns-10", "day-columns-11", "day-columns-12",
}

// MostColumns is how many providers one grid shows.
const MostColumns = len(gridClasses) - 1

// tallGrid stretches the hours, so that five minutes hold a line of text.
const tallGrid = " [--grid-unit:0.875rem]"

// GridClass returns the classes of a grid with that many columns; a tall one has
// room for the shortest appointments.
func GridClass(columns int, tall bool) string {
	if tall {
		return gridClasses[columns] + tallGrid
	}
	return gridClasses[columns]
}

func address(view, date string) string { return "/calendar?view=" + view + "&date=" + date }

// short is the beginning of a weekday's name, for a column of a phone.
func short(weekday string) string {
	letters := []rune(weekday)
	return string(letters[:min(3, len(letters))])
}
