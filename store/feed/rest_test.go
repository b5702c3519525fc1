package feed

import (
	"errors"
	"strings"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store"
)

// Where a file does not fit on the disk it is not even asked for, whatever the
// poll, and the node looks again ever more seldom; once there is room the feed
// goes on by itself.
func TestNoRoomForAFile(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	before := a.state
	a.change(t, phones(t, 100, 10))
	length := a.repo.Targets()["delta/2"].Length
	looked := 0
	n.room = func(folder string, octets int64) error {
		if looked++; folder != n.config.Dir || octets != length {
			t.Errorf("room for %d octets in %s", octets, folder)
		}
		return &store.Error{Kind: store.ErrDiskFull, Path: folder}
	}
	path := "/delta/" + a.state.Link.String() + ".2"
	for i := range 4 * 60 * 2 { // four hours
		_, err := n.Once(t.Context(), a.now.Add(time.Duration(i)*30*time.Second))
		wantErr(t, err, store.ErrDiskFull)
		if i > 0 && i < 2 && !strings.Contains(err.Error(), "nothing is fetched before") {
			t.Errorf("error %v", err)
		}
	}
	n.at(t, a, before)
	// After 0, 1, 3, 7, 15, 31, 63, 123, 183 minutes.
	if looked != 9 || a.requests()[path] != 0 {
		t.Errorf("looked %d times, asked %d times", looked, a.requests()[path])
	}
	n.room = func(string, int64) error { return nil }
	n.poll(t, a.now.Add(5*time.Hour))
	n.at(t, a, a.state)
	if n.again != (rest{}) {
		t.Errorf("rests %+v", n.again)
	}
}

// A clock that was set back ends the rest, and so does another file where it was
// not for the disk.
func TestRestEnds(t *testing.T) {
	way := []target{{}}
	var r rest
	r.after(today, way, errors.New("no such folder"))
	if r.over(today.Add(59*time.Second), way) == nil || r.over(today.Add(time.Minute), way) != nil || r.over(today.Add(-time.Hour), way) != nil {
		t.Errorf("rests %+v", r)
	}
	other := []target{{}, {}}
	other[1].SHA256[0] = 1
	if err := r.over(today, other); err != nil {
		t.Errorf("others: %v", err)
	}
	r.after(today, way, &store.Error{Kind: store.ErrDiskFull})
	if err := r.over(today, other); !errors.Is(err, store.ErrDiskFull) {
		t.Errorf("others on a full disk: %v", err)
	}
}

// A delta that is signed to be longer than deltas may be is refused without a
// look, and the snapshot is taken.
func TestEndlessDelta(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Limits.Trust.Delta = 1000
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	var many = phones(t, 100, 3000)
	for i := range many {
		many[i].Reference = tac.String() + eir.IMEI(i*7919).String()
	}
	a.change(t, many)
	path := "/delta/" + a.state.Link.String() + ".2"
	if _, err := n.Once(t.Context(), a.now); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "the limit is 1000") || a.requests()[path] != 0 {
		t.Errorf("%v; asked %d times", err, a.requests()[path])
	}
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
}
