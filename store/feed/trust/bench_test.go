package trust

import (
	"crypto/rand"
	"fmt"
	"testing"
)

// benchLab is a feed with as many live deltas as one should have.
func benchLab(b *testing.B) *lab {
	b.Helper()
	l := newLab(b)
	l.add(b, Deltas, "delta/0", "", today)
	m := l.role(Deltas)
	for i := range 1000 {
		m.Signed.Targets[fmt.Sprintf("delta/%d", i)] = m.Signed.Targets["delta/0"]
	}
	l.publish(b, today)
	return l
}

// BenchmarkPoll is a poll of a feed with 1,000 live deltas that did not change.
func BenchmarkPoll(b *testing.B) {
	l := benchLab(b)
	n := newNode(b, l.anchor(b), Limits{}, l.web.URL)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := n.refresh(b, today); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish puts one more delta beside 1,000 others.
func BenchmarkPublish(b *testing.B) {
	l := benchLab(b)
	for b.Loop() {
		l.add(b, Deltas, "delta/0", "a change", today)
		l.publish(b, today)
	}
}

// BenchmarkOpen fetches a target of 50 MB, about 10 million entries.
func BenchmarkOpen(b *testing.B) {
	l := newLab(b)
	content := make([]byte, 50<<20)
	if _, err := rand.Read(content); err != nil {
		b.Fatal(err)
	}
	target := l.add(b, Snapshots, "snapshot/1", string(content), today)
	n := newNode(b, l.anchor(b), Limits{}, l.web.URL)
	spool := b.TempDir()
	b.SetBytes(target.Length)
	b.ReportAllocs()
	for b.Loop() {
		f, err := n.Open(b.Context(), target, spool)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
