package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"paperweight/diameter"
	"paperweight/store"
	"paperweight/store/feed"
)

// Build says which program this is.
type Build struct {
	Version, Revision, Go string
}

// Options are where the figures are read.
type Options struct {
	Build Build
	// Ready is nil when checks are answered.
	Ready func() error
	// Stats and Peers are the Diameter server's.
	Stats func() diameter.Stats
	Peers func() []diameter.PeerState
	// Listening counts the Diameter listeners by transport; 0 is one that is
	// configured and can't be had. Nil while the node starts.
	Listening func() map[string]int
	Store     *store.Store
	// Feeds tells where the feeds are; nil where there are none.
	Feeds func() []feed.Status
	// Now is the clock, for the age of sources.
	Now func() time.Time
}

// Metrics answers scrapes.
type Metrics struct {
	registry *prometheus.Registry
	batch    prometheus.Histogram
	paths    prometheus.Counter
	feeds    feedMetrics
}

// New returns the metrics of a node. It reads nothing until a scrape, so what
// the options name may be made later.
func New(o Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "paperweight_batch_seconds",
			Help: "From reading a batch of Diameter messages to having answered it.",
			// One check takes microseconds; a disk that hangs takes seconds.
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 13),
		}),
	}
	m.paths = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "paperweight_sctp_path_failures_total", Help: "Paths of SCTP associations that failed.",
	})
	m.feeds = newFeedMetrics()
	m.registry.MustRegister(m.batch, m.paths, &node{Options: o}, &feeds{o.Feeds, o.Now},
		m.feeds.failures, m.feeds.applied, m.feeds.records, m.feeds.took,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Batch counts a batch that was answered; it is what diameter.Events wants.
func (m *Metrics) Batch(_ int, took time.Duration) { m.batch.Observe(took.Seconds()) }

// PathFailed counts a path of an SCTP association that failed.
func (m *Metrics) PathFailed() { m.paths.Inc() }

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
