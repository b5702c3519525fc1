package store_test

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"paperweight/eir"
	"paperweight/store"
)

// The fault test: a story of a store is told again and again, and each time the
// disk begins to refuse at another call that modifies. The process lives, checks
// are answered rightly or by policy, the fault is seen in Err, and what was
// acknowledged is there: once the disk takes writes again, and after a power cut.

// faultyDisk refuses from a call on.
type faultyDisk struct {
	calls, from atomic.Int64
	off         atomic.Bool
	errno       syscall.Errno
}

func (d *faultyDisk) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite && op.Kind != errorfs.OpOpenDir {
		return nil
	}
	if n := d.calls.Add(1); n < d.from.Load() || d.off.Load() {
		return nil
	}
	return &os.PathError{Op: "fault", Path: op.Path, Err: d.errno}
}

func (d *faultyDisk) String() string { return "faulty disk" }

// chapter is a change of one source, and what is listed of it afterwards.
type chapter struct {
	name, source string
	do           func(s *store.Store) error
	listed       []eir.IMEI // nil: the chapter changes no list
}

func imeis(first eir.IMEI, n int) (all []eir.IMEI) {
	for i := range eir.IMEI(n) {
		all = append(all, first+i)
	}
	return all
}

func replaceBy(begin func(*store.Store, string) (*store.Replacement, error), source string, all []eir.IMEI) func(*store.Store) error {
	return func(s *store.Store) error {
		r, err := begin(s, source)
		if err != nil {
			return err
		}
		defer r.Abort()
		for _, i := range all {
			e := exact(i)
			if err := r.Add(&e); err != nil {
				return err
			}
		}
		if _, err := r.Stage(); err != nil {
			return err
		}
		_, err = r.Commit(store.Version{})
		return err
	}
}

func changeBy(c store.Change) func(*store.Store) error {
	return func(s *store.Store) error {
		_, err := s.Apply(c)
		return err
	}
}

func story() []chapter {
	first, second := tac.First(), tac.First()+1000
	e, own := exact(first+100), exact(second)
	return []chapter{
		{"import", "national", replaceBy((*store.Store).Replace, "national", imeis(first, 40)), imeis(first, 40)},
		{"list add", store.Operator, changeBy(store.Change{Source: store.Operator, Put: []eir.Entry{own}}), imeis(second, 1)},
		{"delta", "national", changeBy(store.Change{Source: "national", Edits: []store.Edit{{New: &e}}}), append(imeis(first, 40), first+100)},
		{"flush", "", (*store.Store).Flush, nil},
		{"snapshot swap", "national", replaceBy((*store.Store).ReplaceSorted, "national", imeis(first, 60)), imeis(first, 60)},
		{"compaction", "", (*store.Store).Compact, nil},
		{"attach", "", func(s *store.Store) error {
			return s.Attach("national", map[string][]byte{store.StateBlob: []byte("state")})
		}, nil},
		{"list remove", store.Operator, changeBy(store.Change{Source: store.Operator, Remove: []eir.Target{own.Target}}), []eir.IMEI{}},
	}
}

// telling is one telling of the story.
type telling struct {
	t    *testing.T
	disk *faultyDisk
	mem  *vfs.MemFS
	s    *store.Store
	// now and may are what is listed by source: what was acknowledged, and where
	// that is not known what else it may be.
	now, may map[string][]eir.IMEI
}

func (tell *telling) options() store.Options {
	return store.Options{FS: errorfs.Wrap(tell.mem, tell.disk), RetryEvery: time.Millisecond}
}

// holds checks what is listed.
func (tell *telling) holds(where string) {
	tell.t.Helper()
	reg := register(tell.t, tell.s)
	for source := range tell.now {
		if tell.s.Short() != nil {
			tell.t.Fatalf("%s: %v", where, tell.s.Short())
		}
		if !tell.lists(reg, tell.now[source]) && (tell.may[source] == nil || !tell.lists(reg, tell.may[source])) {
			tell.t.Fatalf("%s: %s does not list what was acknowledged; the store says %v", where, source, tell.s.Err())
		}
	}
}

func (tell *telling) lists(reg *eir.Register, all []eir.IMEI) bool {
	for _, i := range all {
		if v := reg.Check(eir.Query{IMEI: i, SVN: eir.NoSVN}); v.Status != eir.Prohibited && v.Rule != eir.RuleStoreFailure {
			return false
		}
	}
	return true
}

// tell tells the story with a fault from a call on, and returns how many calls
// there were.
func tellStory(t *testing.T, from int64, errno syscall.Errno) int64 {
	tell := &telling{t: t, mem: vfs.NewCrashableMem(), disk: &faultyDisk{errno: errno}, now: map[string][]eir.IMEI{}, may: map[string][]eir.IMEI{}}
	tell.disk.from.Store(from)
	where := func(what string) string { return fmt.Sprintf("%s from call %d on, %s", errno, from, what) }
	var err error
	if tell.s, err = store.Open("data", tell.options()); err != nil {
		tell.again(where("at the start"))
	}
	for _, c := range story() {
		for {
			before, _ := tell.s.Source(c.source)
			err := c.do(tell.s)
			if err == nil {
				break
			}
			tell.may[c.source] = c.listed
			tell.holds(where("during " + c.name))
			tell.heal(where("during "+c.name), err)
			if after, _ := tell.s.Source(c.source); c.source != "" && after.Sequence > before.Sequence {
				break // it was done after all
			}
		}
		if c.listed != nil {
			tell.now[c.source] = c.listed
		}
		tell.may = map[string][]eir.IMEI{}
		tell.holds(where("after " + c.name))
	}
	if err := tell.s.Close(); err != nil && !isFault(err) {
		t.Fatal(where("at the end"), err)
	}
	calls := tell.disk.calls.Load()
	tell.again(where("at the next start"))
	tell.holds(where("after the next start"))
	if err := tell.s.Close(); err != nil {
		t.Fatal(where("at the last end"), err)
	}
	return calls
}

// isFault says that an error names the disk.
func isFault(err error) bool {
	return errors.Is(err, store.ErrDiskFull) || errors.Is(err, store.ErrFailed) || errors.Is(err, store.ErrNoAccess)
}

// heal lifts the fault. Where the store does not go on by itself, as after what
// can't be done again, it is started again after a power cut.
func (tell *telling) heal(where string, why error) {
	failed := tell.s.Err()
	if failed == nil && !isFault(why) {
		tell.t.Fatalf("%s: %v is not seen in Err", where, why)
	}
	tell.disk.off.Store(true)
	for range 2000 {
		if tell.s.Err() == nil {
			return
		}
		if tell.s.Failed() {
			tell.again(where)
			return
		}
		time.Sleep(time.Millisecond)
	}
	tell.t.Fatalf("%s: it does not go on: %v", where, tell.s.Err())
}

// again starts after a power cut, on a disk without fault.
func (tell *telling) again(where string) {
	tell.t.Helper()
	tell.mem = tell.mem.CrashClone(vfs.CrashCloneCfg{})
	tell.disk.off.Store(true) // what the last store has parked need not go on trying
	tell.disk = &faultyDisk{}
	tell.disk.off.Store(true)
	var err error
	if tell.s, err = store.Open("data", tell.options()); err != nil {
		tell.t.Fatalf("%s: %v", where, err)
	}
	tell.holds(where)
}

func TestFaults(t *testing.T) {
	calls := tellStory(t, 1<<60, 0)
	t.Logf("%d calls", calls)
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EMFILE, syscall.EROFS} {
		for n := int64(1); n <= calls; n++ {
			tellStory(t, n, errno)
		}
	}
}
