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

// mostConnections are open at once. Each costs some 20 kB before it has said anything.
// That one address has not all of them is the business of the proxy in front: the
// library's own bound for an address hides the socket, by which a stream sees that its
// reader is gone.
const mostConnections = 8192

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
		StreamRequestBody:     true, // receive reads it
		Concurrency:           mostConnections,
		ReadBufferSize:        16 << 10,
		ReadTimeout:           cmp.Or(w.ReadTimeout, 15*time.Second),
		WriteTimeout:          30 * time.Second,
		IdleTimeout:           60 * time.Second,
		ErrorHandler:          w.unread,
	})
	app.Server().HeaderReceived = refuseEarly
	app.Use(w.observe, w.recovered, w.headers, refuseAmbiguous, receive)
	app.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed}))
	return app
}
