package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"paperweight/diameter"
	"paperweight/diameter/peer"
	"paperweight/eir"
	"paperweight/store"
)

// node is the Collector of everything that is counted elsewhere.
type node struct{ Options }

// Describe sends nothing: what is collected depends on the sources and peers
// that there are (an "unchecked" collector).
func (n *node) Describe(chan<- *prometheus.Desc) {}

// Collect reads the counters.
func (n *node) Collect(ch chan<- prometheus.Metric) {
	e := emitter{ch}
	e.gauge("build_info", "Which program this is.", 1,
		"version", n.Build.Version, "revision", n.Build.Revision, "go", n.Build.Go)
	e.gauge("ready", "1 when checks are answered.", flag(n.Ready() == nil))
	for transport, listeners := range n.Listening() {
		e.gauge("listening", "Diameter listeners; 0 where one is configured and this machine can't have it.", float64(listeners), "transport", transport)
	}
	n.checks(e)
	n.peers(e)
	n.lists(e)
	n.pebble(e)
}

func (n *node) checks(e emitter) {
	s := n.Stats()
	for i, count := range s.Statuses {
		if status := eir.Status(i); status != eir.Unset && status != eir.Continue {
			e.counter("checks_total", "Checks, by what was answered.", count, "status", status.String())
		}
	}
	for i, count := range s.Rules {
		if rule := eir.Rule(i); rule != eir.NoRule {
			e.counter("checks_by_rule_total", "Checks, by the rule that decided.", count, "rule", rule.String())
		}
	}
	for i, count := range s.Forms {
		e.counter("identities_total", "Identities asked about, by class.", count, "form", eir.Form(i).String())
	}
	e.counter("pair_skipped_total", "Checks where an exception needed an IMSI and none was sent.", s.PairSkipped)
	e.counter("shadowed_total", "Checks answered permitted in shadow mode that would have been answered otherwise.", s.Shadowed)
	for i, code := range diameter.ResultCodes {
		e.counter("answers_total", "Diameter answers sent, by result code.", s.Answers[i], "result_code", fmt.Sprint(code))
	}
	e.counter("answers_dropped_total", "Answers received that answer nothing of ours.", s.Dropped)
	for i, cause := range diameter.ShedCauses {
		e.counter("shed_total", "Checks refused for overload, by cause.", s.Shed[i], "cause", cause)
	}
	e.counter("foreign_realm_total", "Checks refused since their Origin-Realm may not ask.", s.Foreign)
	e.counter("unrouted_total", "Checks answered whose Origin-Host is not their peer's, without a Route-Record.", s.Unrouted)
	e.counter("messages_total", "Diameter messages.", s.MessagesIn, "direction", "in")
	e.counter("messages_total", "Diameter messages.", s.MessagesOut, "direction", "out")
	e.counter("octets_total", "Octets of Diameter messages.", s.BytesIn, "direction", "in")
	e.counter("octets_total", "Octets of Diameter messages.", s.BytesOut, "direction", "out")
	for i, count := range s.Refused {
		e.counter("connections_refused_total", "Connections that came to nothing.", count, "cause", diameter.Cause(i).String())
	}
	e.gauge("connections", "Transport connections now.", float64(s.Connections))
	if !s.CertificateExpires.IsZero() {
		e.gauge("tls_certificate_expires_seconds", "Until our certificate for TLS expires.", s.CertificateExpires.Sub(n.Now()).Seconds())
	}
	e.gauge("peers_open", "Open Diameter peers now.", float64(s.Peers))
}

// peers shows those of the table alone: what a laboratory peer calls itself
// is no closed set.
func (n *node) peers(e emitter) {
	for _, p := range n.Peers() {
		if !p.Configured {
			continue
		}
		e.gauge("peer_up", "1 when a configured peer is open and its watchdog is content.",
			flag(p.State == peer.ROpen && p.Watchdog == peer.Okay), "peer", p.Host)
		e.counter("peer_checks_total", "Checks of a configured peer that were answered.", p.Checks, "peer", p.Host)
		for i, cause := range diameter.ShedCauses {
			e.counter("peer_shed_total", "Checks of a configured peer that were refused for overload, by cause.", p.Shed[i], "peer", p.Host, "cause", cause)
		}
		e.gauge("peer_failed_paths", "Addresses of a configured peer that can't be reached at present (SCTP).", float64(len(p.FailedPaths)), "peer", p.Host)
		e.gauge("peer_overload_reduction", "How much less a configured peer is asked to send (DOIC), 0 to 1.", float64(p.OverloadReduction)/100, "peer", p.Host)
		if !p.CertificateExpires.IsZero() {
			e.gauge("peer_certificate_expires_seconds", "Until the certificate that an open peer showed expires.",
				p.CertificateExpires.Sub(n.Now()).Seconds(), "peer", p.Host)
		}
	}
}

func (n *node) lists(e emitter) {
	now := n.Now()
	for _, s := range n.Store.Sources() {
		for status, count := range map[eir.Status]uint64{
			eir.Permitted: s.ByStatus.Permitted, eir.Tracked: s.ByStatus.Tracked, eir.Prohibited: s.ByStatus.Prohibited,
		} {
			e.gauge("entries", "Entries listed.", float64(count), "source", s.Name, "status", status.String())
		}
		e.gauge("source_sequence", "The last change of a source that was applied.", float64(s.Sequence), "source", s.Name)
		e.gauge("source_age_seconds", "Since the last change of a source was applied.", now.Sub(s.Changed).Seconds(), "source", s.Name)
		e.gauge("source_damaged", "1 while the list of a source holds less than it should, or can't be read in part.", flag(s.Damage != ""), "source", s.Name)
	}
}

func (n *node) pebble(e emitter) {
	e.gauge("store_failed", "1 when the store can't be written or read.", flag(n.Store.Err() != nil))
	m, ok := n.Store.Metrics()
	if !ok {
		m = store.Metrics{}
	}
	e.gauge("store_disk_bytes", "Disk space of the store.", float64(m.DiskBytes))
	e.gauge("store_tables", "Sorted tables of the store.", float64(m.Tables))
	e.gauge("store_memtable_bytes", "Written and not yet in a table.", float64(m.MemTableBytes))
	e.gauge("store_cache_bytes", "Block cache of the store.", float64(m.CacheBytes))
	e.counter("store_cache_total", "Reads of blocks.", uint64(m.CacheHits), "result", "hit")
	e.counter("store_cache_total", "Reads of blocks.", uint64(m.CacheMisses), "result", "miss")
	e.counter("store_compactions_total", "Compactions of tables.", uint64(m.Compactions))
	e.counter("store_flushes_total", "Flushes of memory into tables.", uint64(m.Flushes))
	e.gauge("store_compaction_debt_bytes", "Bytes still to be compacted, an estimate.", float64(m.CompactionDebt))
	e.counter("store_ingests_total", "Whole lists handed over as tables.", m.Ingests)
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// emitter writes single metrics; labels are names and values in turn.
type emitter struct{ ch chan<- prometheus.Metric }

func (e emitter) gauge(name, help string, value float64, labels ...string) {
	e.emit(name, help, prometheus.GaugeValue, value, labels)
}

func (e emitter) counter(name, help string, value uint64, labels ...string) {
	e.emit(name, help, prometheus.CounterValue, float64(value), labels)
}

func (e emitter) emit(name, help string, kind prometheus.ValueType, value float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	desc := prometheus.NewDesc("paperweight_"+name, help, names, nil)
	e.ch <- prometheus.MustNewConstMetric(desc, kind, value, values...)
}
