package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/store/disk"
)

// outcomes say of each call and each error what becomes of it: it is made
// again, its caller gets the answer, it is parked for good, or it is done by
// another way at once. "passes" are the errors of passing.
const outcomes = `
                  passes  EIO     EACCES  EPERM   ENOENT  EEXIST  EXDEV   EMLINK  ENOTSUP
Create            again   again   again   again   again   again   again   again   again
OpenReadWrite     again   again   again   again   again   again   again   again   again
OpenDir           again   again   again   again   again   again   again   again   again
MkdirAll          again   again   again   again   again   again   again   again   again
Link              again   again   again   answer  answer  answer  answer  answer  answer
Rename            again   again   again   again   answer  again   again   again   again
ReuseForWrite     done    done    done    done    done    done    done    done    done
Remove            again   answer  answer  answer  answer  answer  answer  answer  answer
RemoveAll         again   answer  answer  answer  answer  answer  answer  answer  answer
Open              answer  answer  answer  answer  answer  answer  answer  answer  answer
Lock              answer  answer  answer  answer  answer  answer  answer  answer  answer
List              answer  answer  answer  answer  answer  answer  answer  answer  answer
Stat              answer  answer  answer  answer  answer  answer  answer  answer  answer
GetDiskUsage      answer  answer  answer  answer  answer  answer  answer  answer  answer
File.Write        again   final   final   final   final   final   final   final   final
File.WriteAt      again   final   final   final   final   final   final   final   final
File.Sync         final   final   final   final   final   final   final   final   final
File.SyncData     final   final   final   final   final   final   final   final   final
File.SyncTo       final   final   final   final   final   final   final   final   final
File.Close        final   final   final   final   final   final   final   final   final
Dir.Sync          again   final   final   final   final   final   final   final   final
Dir.SyncData      again   final   final   final   final   final   final   final   final
File.Stat         again   again   again   again   again   again   again   again   again
File.Read         answer  answer  answer  answer  answer  answer  answer  answer  answer
File.ReadAt       answer  answer  answer  answer  answer  answer  answer  answer  answer
File.Prefetch     answer  answer  answer  answer  answer  answer  answer  answer  answer
File.Preallocate  answer  answer  answer  answer  answer  answer  answer  answer  answer
`

var passing = []syscall.Errno{
	syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR,
}

var errnos = map[string][]syscall.Errno{
	"passes": passing, "EIO": {syscall.EIO}, "EACCES": {syscall.EACCES}, "EPERM": {syscall.EPERM}, "ENOENT": {syscall.ENOENT},
	"EEXIST": {syscall.EEXIST}, "EXDEV": {syscall.EXDEV}, "EMLINK": {syscall.EMLINK}, "ENOTSUP": {syscall.ENOTSUP},
}

const text = "0123456789"

// on makes a call on a file that is created, holds the text where the call is
// not the one that writes it, and is looked at afterwards.
func on(do func(f vfs.File) error) func(vfs.FS) error {
	return func(g vfs.FS) error {
		f, err := g.OpenReadWrite("data/file", vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		if err := do(f); err != nil {
			return err
		}
		return holds(g, "data/file", text)
	}
}

// written is on, for calls that come after the text.
func written(do func(f vfs.File) error) func(vfs.FS) error {
	return on(func(f vfs.File) error {
		if _, err := f.Write([]byte(text)); err != nil {
			return err
		}
		return do(f)
	})
}

func onDir(do func(d vfs.File) error) func(vfs.FS) error {
	return func(g vfs.FS) error {
		d, err := g.OpenDir("data")
		if err != nil {
			return err
		}
		return do(d)
	}
}

func wrote(n int, err error) error {
	if err == nil && n != len(text) {
		err = fmt.Errorf("%d bytes of %d are said to be written", n, len(text))
	}
	return err
}

// holds says what is wrong with a file.
func holds(g vfs.FS, name, want string) error {
	f, err := g.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	got := make([]byte, len(want)+1)
	n, err := f.ReadAt(got, 0)
	if string(got[:n]) != want {
		return fmt.Errorf("%s holds %q, want %q: %w", name, got[:n], want, err)
	}
	return nil
}

// gone says whether a name is still there.
func gone(g vfs.FS, name string) error {
	if _, err := g.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is still there: %v", name, err)
	}
	return nil
}

func opened(f vfs.File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

func second[T any](_ T, err error) error { return err }

// calls make each call of a file system on one that holds data/old, and see to
// its being done whole.
var calls = map[string]func(g vfs.FS) error{
	"Create": func(g vfs.FS) error {
		return errors.Join(opened(g.Create("data/new", "")), holds(g, "data/new", ""))
	},
	"OpenReadWrite": func(g vfs.FS) error {
		return errors.Join(opened(g.OpenReadWrite("data/old", "")), holds(g, "data/old", text))
	},
	"OpenDir":  func(g vfs.FS) error { return opened(g.OpenDir("data")) },
	"MkdirAll": func(g vfs.FS) error { return errors.Join(g.MkdirAll("data/a/b", 0o700), second(g.Stat("data/a/b"))) },
	"Link": func(g vfs.FS) error {
		if err := g.Link("data/old", "data/new"); err != nil {
			return err
		}
		return holds(g, "data/new", text)
	},
	"Rename": func(g vfs.FS) error {
		if err := g.Rename("data/old", "data/new"); err != nil {
			return err
		}
		return errors.Join(holds(g, "data/new", text), gone(g, "data/old"))
	},
	"ReuseForWrite": func(g vfs.FS) error {
		f, err := g.ReuseForWrite("data/old", "data/new", "")
		if err != nil {
			return err
		}
		return errors.Join(wrote(f.Write([]byte(text))), f.Sync(), f.Close(), holds(g, "data/new", text), gone(g, "data/old"))
	},
	"Remove": func(g vfs.FS) error {
		if err := g.Remove("data/old"); err != nil {
			return err
		}
		return gone(g, "data/old")
	},
	"RemoveAll": func(g vfs.FS) error {
		if err := g.RemoveAll("data"); err != nil {
			return err
		}
		return gone(g, "data")
	},
	"Open":         func(g vfs.FS) error { return opened(g.Open("data/old")) },
	"Lock":         func(g vfs.FS) error { return second(g.Lock("data/LOCK")) },
	"List":         func(g vfs.FS) error { return second(g.List("data")) },
	"Stat":         func(g vfs.FS) error { return second(g.Stat("data/old")) },
	"GetDiskUsage": func(g vfs.FS) error { return second(g.GetDiskUsage("data")) },

	"File.Write":       on(func(f vfs.File) error { return wrote(f.Write([]byte(text))) }),
	"File.WriteAt":     on(func(f vfs.File) error { return wrote(f.WriteAt([]byte(text), 0)) }),
	"File.Sync":        written(vfs.File.Sync),
	"File.SyncData":    written(vfs.File.SyncData),
	"File.SyncTo":      written(func(f vfs.File) error { return second(f.SyncTo(int64(len(text)))) }),
	"File.Close":       written(vfs.File.Close),
	"Dir.Sync":         onDir(vfs.File.Sync),
	"Dir.SyncData":     onDir(vfs.File.SyncData),
	"File.Stat":        written(func(f vfs.File) error { return second(f.Stat()) }),
	"File.Read":        written(func(f vfs.File) error { return second(f.Read(make([]byte, 1))) }),
	"File.ReadAt":      written(func(f vfs.File) error { return second(f.ReadAt(make([]byte, 1), 0)) }),
	"File.Prefetch":    written(func(f vfs.File) error { return f.Prefetch(0, 1) }),
	"File.Preallocate": written(func(f vfs.File) error { return f.Preallocate(0, 1) }),
}

// TestOutcomes makes each call under each error. What is done in part before it
// fails is tried as well as what is not begun.
func TestOutcomes(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(outcomes), "\n")
	columns := strings.Fields(lines[0])
	tried := make(map[string]bool)
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		tried[strings.Replace(cells[0], "Dir.", "File.", 1)] = true
		for i, outcome := range cells[1:] {
			for _, errno := range errnos[columns[i]] {
				for _, partly := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%v/%t", cells[0], errno, partly), func(t *testing.T) {
						tests[outcome](t, cells[0], errno, partly)
					})
				}
			}
		}
	}
	// What can't fail.
	for _, name := range strings.Fields("PathBase PathDir PathJoin Unwrap File.Fd") {
		tried[name] = true
	}
	for kind, prefix := range map[reflect.Type]string{reflect.TypeFor[vfs.FS](): "", reflect.TypeFor[vfs.File](): "File."} {
		for i := range kind.NumMethod() {
			if name := prefix + kind.Method(i).Name; !tried[name] {
				t.Errorf("%s is a method of %s that no line tries", name, kind)
			}
		}
	}
}

// attempt is one call on a disk that breaks it.
type attempt struct {
	gate   *disk.Gate
	broken *breaking
	made   atomic.Int32 // how often it was called
	result chan error
	told   chan string
}

func begin(t *testing.T, name string, errno syscall.Errno, partly bool) *attempt {
	mem, b, broken := newDisk(t)
	f, err := mem.Create("data/old", vfs.WriteCategoryUnspecified)
	if err := errors.Join(err, wrote(f.Write([]byte(text)))); err != nil {
		t.Fatal(err)
	}
	a := &attempt{broken: b, result: make(chan error, 1), told: make(chan string, 9)}
	a.gate = disk.New(broken, disk.Options{Events: disk.Events{
		Parked:  func(_ error, final bool) { a.told <- fmt.Sprintf("final %t", final) },
		Resumed: func() { a.told <- "resumed" },
	}})
	b.set(func(call, _ string) *breakage {
		if call != strings.Replace(name, "Dir.", "File.", 1) {
			return nil
		}
		a.made.Add(1)
		return &breakage{err: &fs.PathError{Op: "op", Path: "path", Err: errno}, done: partly}
	})
	go func() { a.result <- calls[name](a.gate) }()
	return a
}

// stands compares how an attempt stands with how it should.
func (a *attempt) stands(t *testing.T, made int32, told string, err error, final bool) {
	t.Helper()
	got := "nothing"
	if len(a.told) > 0 {
		got = <-a.told
	}
	if a.made.Load() != made || got != told || !errors.Is(a.gate.Err(), err) || a.gate.Final() != final {
		t.Fatalf("made %d times, told %s, error %v, final %t; want %d, %s, %v, %t",
			a.made.Load(), got, a.gate.Err(), a.gate.Final(), made, told, err, final)
	}
	var named *fs.PathError
	if err != nil && (!errors.As(a.gate.Err(), &named) || named.Path == "path") {
		t.Errorf("%v does not name the path", a.gate.Err())
	}
}

func ends(t *testing.T, a *attempt, want error) {
	t.Helper()
	if err := <-a.result; !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

var tests = map[string]func(t *testing.T, name string, errno syscall.Errno, partly bool){
	"again": func(t *testing.T, name string, errno syscall.Errno, partly bool) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(t, name, errno, partly)
			synctest.Wait()
			a.stands(t, 1, "final false", errno, false)
			time.Sleep(time.Second)
			synctest.Wait()
			a.stands(t, 2, "nothing", errno, false)
			a.broken.set(nil)
			a.gate.Retry()
			ends(t, a, nil)
			a.stands(t, 2, "resumed", nil, false)
		})
	},
	"final": func(t *testing.T, name string, errno syscall.Errno, partly bool) {
		a := begin(t, name, errno, partly)
		if told := <-a.told; told != "final true" {
			t.Errorf("told %s", told)
		}
		a.broken.set(nil)
		a.gate.Retry()
		a.stands(t, 1, "nothing", errno, true)
	},
	"answer": func(t *testing.T, name string, errno syscall.Errno, partly bool) {
		a := begin(t, name, errno, partly)
		ends(t, a, errno)
		a.stands(t, 1, "nothing", nil, false)
	},
	"done": func(t *testing.T, name string, errno syscall.Errno, partly bool) {
		a := begin(t, name, errno, partly)
		ends(t, a, nil)
		a.stands(t, 1, "nothing", nil, false)
	},
}
