// Package web is the glue between Fiber and the rest: settings of the server,
// what every answer carries, forms and their errors, pages and fragments. It
// knows no noun.
package web

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"frontdesk/internal/seal"
)

// BodyLimit is the largest body of a form, in bytes. Larger ones answer 413.
const BodyLimit = 1 << 20

// Options are what the server is made of.
type Options struct {
	// BaseURL is the address that people use, without a trailing slash.
	BaseURL string
	// Secure is true when BaseURL is https: cookies then get the __Host- prefix.
	Secure bool
	Log    *slog.Logger
	Keys   *seal.Ring
	Assets *Assets
	Peers  Peers
	// Kept are the pages that need not be made anew; nil keeps none.
	Kept *Kept
	// ReadTimeout bounds how long a request may take to arrive, so that slow
	// senders do not hold sockets (hazard 75); zero is the usual 15 seconds.
	ReadTimeout time.Duration
}

// Web is shared by middleware and handlers.
type Web struct {
	Options
	cookiePrefix string
}

// New returns the glue for the options.
func New(options Options) *Web {
	web := &Web{Options: options}
	if options.Secure {
		web.cookiePrefix = "__Host-"
	}
	return web
}

// App returns a Fiber application that has everything but routes. Fiber hands
// out strings that it reuses, routes without regard to case and trusts
// forwarding headers from anyone, unless told otherwise.
func (w *Web) App() *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable:             true,
		CaseSensitive:         true,
		StrictRouting:         true,
		DisableStartupMessage: true,
		BodyLimit:             BodyLimit,
		ReadBufferSize:        16 << 10,
		ReadTimeout:           cmp.Or(w.ReadTimeout, 15*time.Second),
		WriteTimeout:          30 * time.Second,
		IdleTimeout:           60 * time.Second,
		ErrorHandler:          w.unread,
	})
	app.Use(w.observe, w.recovered, w.headers, refuseAmbiguous)
	app.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed}))
	return app
}
