package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/internal/live"
	"frontdesk/internal/store"
)

// pools tells monitors how the database's connections are used, for each login.
type pools struct{ store *store.Store }

var (
	connections = prometheus.NewDesc("frontdesk_database_connections", "Connections by login and state.", []string{"login", "state"}, nil)
	waits       = prometheus.NewDesc("frontdesk_database_waits_total", "How often a request had to wait for a connection.", []string{"login"}, nil)
)

func (pools) Describe(described chan<- *prometheus.Desc) {
	described <- connections
	described <- waits
}

func (p pools) Collect(figures chan<- prometheus.Metric) {
	for login, figure := range p.store.Statistics() {
		for state, count := range map[string]int32{"acquired": figure.Acquired, "idle": figure.Idle, "max": figure.Max} {
			figures <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(count), login, state)
		}
		figures <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(figure.Waits), login)
	}
}

// streams tells monitors how many event streams this copy holds open.
func streams(hub *live.Hub) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "frontdesk_streams", Help: "Event streams that are open."}, func() float64 {
		return float64(hub.Count())
	})
}
