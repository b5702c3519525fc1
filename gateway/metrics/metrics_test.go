package metrics

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/diameter"
	"paperweight/diameter/peer"
	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// scrape returns what a node shows that has an entry and a configured peer.
func scrape(t *testing.T, o Options) string {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	then := time.Unix(1_700_000_000, 0)
	change := store.Change{Source: store.Operator, Put: []eir.Entry{
		{Target: eir.Target{Kind: eir.Exact, From: 440100000001, To: 440100000001}, Status: eir.Prohibited},
	}}
	change.At = then
	if _, err := st.Apply(change); err != nil {
		t.Fatal(err)
	}
	o.Store = st
	o.Feeds = func() []feed.Status {
		return []feed.Status{{
			Source: "national", State: format.State{Sequence: 41}, Behind: 2, AgeSeconds: 30, Verified: then.Add(80 * time.Second),
			NextExpiry: then.Add(100 * time.Second), Stale: true, Held: "delta/42", Diverged: "digest",
			Err: fmt.Errorf("feed national: %w", &trust.Error{Kind: trust.ErrExpired, File: "timestamp.json"}),
		}, {Source: "neighbour"}}
	}
	o.Now = func() time.Time { return then.Add(90 * time.Second) }
	o.Peers = func() []diameter.PeerState {
		return []diameter.PeerState{
			{Host: "mme1.example.org", Configured: true, State: peer.ROpen, Watchdog: peer.Okay, CertificateExpires: then.Add(60 * time.Second),
				Checks: 70, Shed: diameter.Shed{1, 2, 3}, OverloadReduction: 25,
				FailedPaths: []netip.Addr{netip.MustParseAddr("192.0.2.7")}},
			{Host: "mme2.example.org", Configured: true},
			{Host: "stranger.example.org", State: peer.ROpen, Watchdog: peer.Okay},
		}
	}
	o.Listening = func() map[string]int { return map[string]int{"tcp": 2, "sctp": 0} }
	m := New(o)
	m.PathFailed()
	m.Batch(3, 20*time.Microsecond)
	m.FeedFailed("national")
	m.FeedApplied("national", format.Delta.String(), 5, 20*time.Millisecond)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestNamesAreDocumented(t *testing.T) {
	page := scrape(t, Options{Ready: func() error { return nil }, Stats: func() diameter.Stats {
		return diameter.Stats{CertificateExpires: time.Unix(1_700_000_000, 0)}
	}})
	var shown []string
	for _, m := range regexp.MustCompile(`(?m)^(paperweight_\w+?)(?:_bucket|_sum|_count)?(?:\{([^}]*)\})? `).FindAllStringSubmatch(page, -1) {
		var labels []string
		for _, l := range regexp.MustCompile(`(\w+)=`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "le" {
				labels = append(labels, l[1])
			}
		}
		slices.Sort(labels)
		shown = append(shown, fmt.Sprint(m[1], labels))
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^//\t(paperweight_\w+)(?:\{([^}]*)\})? `).FindAllStringSubmatch(string(doc), -1) {
		labels := strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' })
		slices.Sort(labels)
		documented = append(documented, fmt.Sprint(m[1], labels))
	}
	slices.Sort(shown)
	slices.Sort(documented)
	if diff := cmp.Diff(documented, slices.Compact(shown)); diff != "" {
		t.Errorf("-doc.go +shown:\n%s", diff)
	}
}

func TestValues(t *testing.T) {
	var s diameter.Stats
	s.Statuses[eir.Prohibited] = 7
	s.Rules[eir.RuleOperator] = 6
	s.Forms[eir.Hexadecimal] = 5
	s.Answers[0] = 12
	s.PairSkipped, s.Connections, s.Peers, s.MessagesOut = 4, 3, 2, 1
	s.Shed[2], s.Foreign, s.Unrouted = 9, 8, 7
	s.CertificateExpires = time.Unix(1_700_000_100, 0)
	page := scrape(t, Options{
		Build: Build{Version: "v1", Revision: "abc", Go: "go1"},
		Ready: func() error { return errors.New("stopping") }, Stats: func() diameter.Stats { return s },
	})
	for _, want := range []string{
		`paperweight_build_info{go="go1",revision="abc",version="v1"} 1`,
		`paperweight_ready 0`,
		`paperweight_checks_total{status="prohibited"} 7`,
		`paperweight_checks_by_rule_total{rule="operator"} 6`,
		`paperweight_identities_total{form="hexadecimal"} 5`,
		`paperweight_answers_total{result_code="2001"} 12`,
		`paperweight_pair_skipped_total 4`,
		`paperweight_connections 3`,
		`paperweight_peers_open 2`,
		`paperweight_shed_total{cause="backlog"} 9`,
		`paperweight_foreign_realm_total 8`,
		`paperweight_peer_checks_total{peer="mme1.example.org"} 70`,
		`paperweight_peer_shed_total{cause="node-rate",peer="mme1.example.org"} 2`,
		`paperweight_peer_failed_paths{peer="mme1.example.org"} 1`,
		`paperweight_peer_failed_paths{peer="mme2.example.org"} 0`,
		`paperweight_peer_overload_reduction{peer="mme1.example.org"} 0.25`,
		`paperweight_unrouted_total 7`,
		`paperweight_tls_certificate_expires_seconds 10`,
		`paperweight_peer_certificate_expires_seconds{peer="mme1.example.org"} -30`,
		`paperweight_messages_total{direction="out"} 1`,
		`paperweight_batch_seconds_count 1`,
		`paperweight_peer_up{peer="mme1.example.org"} 1`,
		`paperweight_peer_up{peer="mme2.example.org"} 0`,
		`paperweight_entries{source="operator",status="prohibited"} 1`,
		`paperweight_source_sequence{source="operator"} 1`,
		`paperweight_source_age_seconds{source="operator"} 90`,
		`paperweight_source_damaged{source="operator"} 0`,
		`paperweight_feed_sequence{source="national"} 41`,
		`paperweight_feed_behind{source="national"} 2`,
		`paperweight_feed_age_seconds{source="national"} 30`,
		`paperweight_feed_verified_seconds{source="national"} 10`,
		`paperweight_feed_expires_seconds{source="national"} 10`,
		`paperweight_feed_stale{source="national"} 1`,
		`paperweight_feed_held{source="national"} 1`,
		`paperweight_feed_diverged{source="national"} 1`,
		`paperweight_feed_error{class="expired",source="national"} 1`,
		`paperweight_feed_error{class="none",source="neighbour"} 1`,
		`paperweight_feed_held{source="neighbour"} 0`,
		`paperweight_feed_failures_total{source="national"} 1`,
		`paperweight_feed_applied_total{kind="delta",source="national"} 1`,
		`paperweight_feed_records_total{source="national"} 5`,
		`paperweight_feed_apply_seconds_count 1`,
		`paperweight_store_failed 0`,
	} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("%s is not shown", want)
		}
	}
	if strings.Contains(page, "stranger") || strings.Contains(page, "440100000001") {
		t.Error("a stranger's name or an identity is shown")
	}
}
