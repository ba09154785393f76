package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

const (
	calendarPath = "/calendar?view=day&date=" + dayText
	guardedPath  = "/benchmark/guarded"
	// dayText is the day that is shown, a Monday far from the demo's own.
	dayText           = "2031-03-03"
	appointmentsOfDay = 40
)

func fixedPath(size int) string { return "/benchmark/fixed?size=" + strconv.Itoa(size) }

// Routes are those that the measured program has beside its own: the other side
// of the comparison.
func Routes(s *store.Store) []guard.Route {
	return []guard.Route{
		{Method: fiber.MethodGet, Path: "/benchmark/fixed", Access: guard.Member, Handler: fixedBytes(s)},
		{Method: fiber.MethodGet, Path: guardedPath, Access: guard.Member, Handler: func(c *fiber.Ctx) error { return c.SendString("ok") }},
	}
}

// fixedBytes runs the page's queries and sends as many bytes as the page has.
func fixedBytes(s *store.Store) fiber.Handler {
	block := bytes.Repeat([]byte("<p class=\"row\">Fixed bytes, of the page's size.</p>\n"), 8192)
	return func(c *fiber.Ctx) error {
		size := c.QueryInt("size")
		if size < 0 || size > len(block) {
			return fmt.Errorf("size must be 0 to %d", len(block))
		}
		if err := ask(c.UserContext(), s); err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(block[:size])
	}
}

func day() time.Time {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		panic(err) // the program carries the zones
	}
	at, err := time.ParseInLocation(time.DateOnly, dayText, zone)
	if err != nil {
		panic(err) // a constant
	}
	return at
}

var theDay = day()

// weekday is the ISO 8601 number of the day's weekday.
func weekday() int16 { return int16(theDay.Weekday()) }

// dayQuery holds the parameters that the calendar asks its day with.
func dayQuery() db.AppointmentListBetweenParams {
	return db.AppointmentListBetweenParams{
		EarliestStart: theDay.Add(-24 * time.Hour), Since: theDay, Until: theDay.AddDate(0, 0, 1), Most: 1 << 30,
	}
}
