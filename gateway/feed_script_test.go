package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"paperweight/store/feed/publish"
	"paperweight/store/intake"
)

// site serves a feed's directory as a process of its own until the script
// ends, and sets $FEED: site DIR [FLAG]...
//
// hangup sends the last site a SIGHUP, and waits until it has said something since
// that: hangup REGEXP.
func site(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: site DIR [FLAG]...")
	}
	c := exec.Command("paperweight", append([]string{"feed", "serve", "--dir", ts.MkAbs(args[0]), "--listen", "127.0.0.1:0"}, args[1:]...)...)
	c.Dir = ts.MkAbs(".")
	var said words
	c.Stderr = &said
	ts.Check(c.Start())
	ts.Defer(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	ts.Setenv("FEED", said.await(ts, 0, `serving .* at (https?://\S+)`))
	siteOf(ts).process, siteOf(ts).said = c.Process, &said
}

// scriptSite is the last site of a script.
type scriptSite struct {
	process *os.Process
	said    *words
}

func siteOf(ts *testscript.TestScript) *scriptSite { return ts.Value("site").(*scriptSite) }

func hangup(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hangup REGEXP")
	}
	s := siteOf(ts)
	before := len(s.said.String())
	ts.Check(s.process.Signal(syscall.SIGHUP))
	s.said.await(ts, before, args[0])
}

// await returns the last group of what is said from a place on, once it is.
func (w *words) await(ts *testscript.TestScript, from int, pattern string) string {
	sought := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if m := sought.FindStringSubmatch(w.String()[from:]); m != nil {
			return m[len(m)-1]
		}
	}
	ts.Fatalf("the site does not say %q: %s", pattern, w.String())
	return ""
}

// words is what a process says.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// eventually runs a command until it ends with a status: eventually STATUS
// COMMAND...
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually STATUS COMMAND...")
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if got := status(ts, args[1:]); got == args[0] {
			return
		} else if time.Now().After(end) {
			ts.Fatalf("status %s, want %s", got, args[0])
		}
	}
}

// inplace puts the script's directory where a file says WORK, and the site's
// address where it says FEED: inplace FILE.
func inplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: inplace FILE")
	}
	text := strings.NewReplacer("WORK", ts.MkAbs("."), "FEED", ts.Getenv("FEED")).Replace(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// numbers writes a list of so many phones: numbers FROM TO FILE.
func numbers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: numbers FROM TO FILE")
	}
	from, err := strconv.Atoi(args[0])
	ts.Check(err)
	to, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := []byte("imei\n")
	for n := from; n <= to; n++ {
		text = fmt.Appendf(text, "004401%08d\n", n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), text, 0o600))
}

// fromfuture publishes a list in a laboratory's feed at a time that is yet to
// come, by this machine's clock: fromfuture DIR LIST DURATION.
func fromfuture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fromfuture DIR LIST DURATION")
	}
	ahead, err := time.ParseDuration(args[2])
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	keys, err := publish.Keys(dir)
	ts.Check(err)
	p, err := publish.Open(publish.Config{Dir: dir, Files: intake.DefaultLimits().Files})
	ts.Check(err)
	_, err = p.Publish(context.Background(), publish.Job{
		Files: []intake.File{intake.Path(ts.MkAbs(args[1]))}, Format: "barred", Keys: keys, At: time.Now().Add(ahead),
	})
	ts.Check(errors.Join(err, p.Close()))
}
