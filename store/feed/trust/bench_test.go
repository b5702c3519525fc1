package trust

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"
)

// benchLab is a feed with as many live deltas as one should have.
func benchLab(b *testing.B) (*lab, []byte) {
	b.Helper()
	dir := b.TempDir()
	r, err := InitLab(dir, nil, today)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	l := &lab{Repository: r, dir: dir}
	if l.keys, err = LabKeys(dir); err != nil {
		b.Fatal(err)
	}
	m, err := r.stage(Deltas, today)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := r.Add(Deltas, "delta/0", bytes.NewReader(nil), nil, today); err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		m.Signed.Targets[fmt.Sprintf("delta/%d", i)] = m.Signed.Targets["delta/0"]
	}
	if _, err := l.Publish(today, l.keys...); err != nil {
		b.Fatal(err)
	}
	anchor, err := cloned(r.now.root)
	if err != nil {
		b.Fatal(err)
	}
	anchor.Signatures = r.now.root.Signatures
	text, err := anchor.ToBytes(false)
	if err != nil {
		b.Fatal(err)
	}
	return l, text
}

// BenchmarkPoll is a poll of a feed with 1,000 live deltas that did not change.
func BenchmarkPoll(b *testing.B) {
	l, anchor := benchLab(b)
	m, err := NewMirror("file://"+l.public(), nil)
	if err != nil {
		b.Fatal(err)
	}
	c, err := NewClient(anchor, []Mirror{m}, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var state State
	b.ReportAllocs()
	for b.Loop() {
		u, err := c.Refresh(b.Context(), today, state)
		if err != nil {
			b.Fatal(err)
		}
		state = u.State
	}
}

// BenchmarkPublish puts one more delta beside 1,000 others.
func BenchmarkPublish(b *testing.B) {
	l, _ := benchLab(b)
	for b.Loop() {
		if _, err := l.Add(Deltas, "delta/0", bytes.NewReader([]byte("a change")), nil, today); err != nil {
			b.Fatal(err)
		}
		if _, err := l.Publish(today, l.keys...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen fetches a target of 50 MB, about 10 million entries.
func BenchmarkOpen(b *testing.B) {
	l, anchor := benchLab(b)
	content := make([]byte, 50<<20)
	if _, err := rand.Read(content); err != nil {
		b.Fatal(err)
	}
	target, err := l.Add(Snapshots, "snapshot/1", bytes.NewReader(content), nil, today)
	if err != nil {
		b.Fatal(err)
	}
	m, err := NewMirror("file://"+l.public(), nil)
	if err != nil {
		b.Fatal(err)
	}
	c, err := NewClient(anchor, []Mirror{m}, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	spool := b.TempDir()
	b.SetBytes(target.Length)
	b.ReportAllocs()
	for b.Loop() {
		f, err := c.Open(b.Context(), target, spool)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
