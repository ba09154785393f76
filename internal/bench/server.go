package bench

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
)

const (
	calendarPath = "/calendar?view=day&date=" + dayText
	// anewPath has a parameter that no kept page has, so that it is made for each who asks.
	anewPath    = calendarPath + "&anew=1"
	guardedPath = "/benchmark/guarded"
	fixedPath   = "/benchmark/fixed"
	bytesPath   = "/benchmark/bytes"
	// dayText is the day that is shown, a Monday far from the demo's own.
	dayText           = "2031-03-03"
	appointmentsOfDay = 40
)

// pageFile is where the measured page lies, in the data folder: the fixed bytes
// are its own, so that they compress as it does.
const pageFile = "benchmark-page.html"

// Routes are those that the measured program has beside its own: the other side
// of the comparison.
func Routes(s *store.Store, dataDir string) []guard.Route {
	page := filepath.Join(dataDir, pageFile)
	queries := func(ctx context.Context) error { return ask(ctx, s) }
	return []guard.Route{
		{Method: fiber.MethodGet, Path: fixedPath, Access: guard.Member, Handler: fixedBytes(page, queries)},
		{Method: fiber.MethodGet, Path: bytesPath, Access: guard.Member, Handler: fixedBytes(page, func(context.Context) error { return nil })},
		{Method: fiber.MethodGet, Path: guardedPath, Access: guard.Member, Handler: func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) }},
	}
}

// fixedBytes runs queries and sends bytes that are ready.
func fixedBytes(file string, queries func(context.Context) error) fiber.Handler {
	ready := sync.OnceValues(func() ([]byte, error) { return os.ReadFile(file) })
	return func(c *fiber.Ctx) error {
		page, err := ready()
		if err != nil {
			return err
		}
		if err := queries(c.UserContext()); err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(page)
	}
}

// theDay begins and ends as the day of the demo clinic's clocks does.
var theDay, theNextDay = func() (time.Time, time.Time) {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		panic(err) // the program carries the zones
	}
	date, _ := localtime.ParseDay(dayText)
	return localtime.DaySpan(date, zone)
}()

// weekday is the ISO 8601 number of the day's weekday.
func weekday() int16 { return int16(theDay.Weekday()) }

// dayQuery holds the parameters that the calendar asks its day with.
func dayQuery() db.AppointmentListBetweenParams {
	return db.AppointmentListBetweenParams{
		EarliestStart: theDay.Add(-24 * time.Hour), Since: theDay, Until: theNextDay, Most: 1 << 30,
	}
}
