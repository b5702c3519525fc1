package metrics

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// feedMetrics are those that are counted as things happen.
type feedMetrics struct {
	failures, applied, records *prometheus.CounterVec
	took                       prometheus.Histogram
}

func newFeedMetrics() feedMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "paperweight_feed_" + name, Help: help}, labels)
	}
	return feedMetrics{
		failures: counter("failures_total", "Polls of a feed that failed.", "source"),
		applied:  counter("applied_total", "Files of a feed that were applied.", "source", "kind"),
		records:  counter("records_total", "Entries and changes in the files of a feed that were applied.", "source"),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "paperweight_feed_apply_seconds",
			Help: "From having fetched a file of a feed to having it in force.",
			// One phone takes milliseconds, a country's whole list a minute.
			Buckets: prometheus.ExponentialBuckets(1e-3, 4, 10),
		}),
	}
}

// FeedFailed counts a poll that failed.
func (m *Metrics) FeedFailed(source string) { m.feeds.failures.WithLabelValues(source).Inc() }

// FeedApplied counts a file that was applied.
func (m *Metrics) FeedApplied(source, kind string, records uint64, took time.Duration) {
	m.feeds.applied.WithLabelValues(source, kind).Inc()
	m.feeds.records.WithLabelValues(source).Add(float64(records))
	m.feeds.took.Observe(took.Seconds())
}

// feeds is the Collector of where the feeds are.
type feeds struct {
	status func() []feed.Status
	now    func() time.Time
}

// Describe sends nothing, as node's.
func (f *feeds) Describe(chan<- *prometheus.Desc) {}

// Collect asks each feed.
func (f *feeds) Collect(ch chan<- prometheus.Metric) {
	if f.status == nil {
		return
	}
	e := emitter{ch}
	now := f.now()
	for _, s := range f.status() {
		e.gauge("feed_sequence", "The state of a feed's list.", float64(s.Sequence), "source", s.Source)
		e.gauge("feed_behind", "Sequences that the newest publication of a feed is ahead.", float64(s.Behind), "source", s.Source)
		e.gauge("feed_age_seconds", "Since the newest publication of a feed was signed.", float64(s.AgeSeconds), "source", s.Source)
		if !s.Verified.IsZero() {
			e.gauge("feed_verified_seconds", "Since the whole list of a feed was last found to be what its digest says.", now.Sub(s.Verified).Seconds(), "source", s.Source)
		}
		if !s.NextExpiry.IsZero() {
			e.gauge("feed_expires_seconds", "Until the first metadata of a feed expires.", s.NextExpiry.Sub(now).Seconds(), "source", s.Source)
		}
		e.gauge("feed_stale", "1 when a feed's metadata has expired.", flag(s.Stale), "source", s.Source)
		e.gauge("feed_held", "1 while an update waits for an operator.", flag(s.Held != ""), "source", s.Source)
		e.gauge("feed_diverged", "1 while the list is not what its feed says.", flag(s.Diverged != ""), "source", s.Source)
		e.gauge("feed_error", "1 by what the last poll failed by.", 1, "source", s.Source, "class", Class(s.Err))
	}
}

// Class names what a poll failed by, out of a closed set: "none" where it did
// not. The first that fits counts, so what is graver stands first.
func Class(err error) string {
	if err == nil {
		return "none"
	}
	for _, c := range []struct {
		err  error
		name string
	}{
		{feed.ErrDiverged, "diverged"},
		{trust.ErrClock, "clock"},
		{trust.ErrExpired, "expired"},
		{trust.ErrRollback, "rollback"},
		{trust.ErrSignature, "signature"},
		{trust.ErrThreshold, "threshold"},
		{trust.ErrMismatch, "mismatch"},
		{trust.ErrNotDelegated, "not-delegated"},
		{trust.ErrMalformed, "malformed"},
		{trust.ErrState, "state"},
		{trust.ErrTooLong, "too-long"},
		{trust.ErrTooSlow, "too-slow"},
		{trust.ErrRedirect, "redirect"},
		{trust.ErrNotFound, "not-found"},
		{trust.ErrUnreachable, "unreachable"},
		{feed.ErrRefused, "refused"},
		{feed.ErrNoWay, "no-way"},
		{format.ErrStepBack, "step-back"},
		{store.ErrDiskFull, "disk-full"},
		{store.ErrFailed, "store-failed"},
	} {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	var fault *format.Error
	if errors.As(err, &fault) {
		return "file"
	}
	return "other"
}
