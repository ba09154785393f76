package web

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var requestSeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "frontdesk_request_seconds",
	Help:    "Time from a request's arrival to its answer.",
	Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
}, []string{"method", "route", "status"})

// knownMethods keeps a made-up method from making a time series of its own.
var knownMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

func count(method, route string, status int, took time.Duration) {
	if !knownMethods[method] {
		method = "other"
	}
	requestSeconds.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Metrics answers in Prometheus's text format, with what further collectors of
// this server tell. Labels hold route patterns, states and status codes, never a
// tenant or a person.
func Metrics(further ...prometheus.Collector) fiber.Handler {
	own := prometheus.NewRegistry()
	own.MustRegister(further...)
	return adaptor.HTTPHandler(promhttp.HandlerFor(prometheus.Gatherers{prometheus.DefaultGatherer, own}, promhttp.HandlerOpts{}))
}
