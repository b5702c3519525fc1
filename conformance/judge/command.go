package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// shownOutput is how much of what a command said last is shown, in octets.
const shownOutput = 2048

// command is a line of subject.yaml that a shell runs.
type command struct {
	name string
	done chan struct{} // closed when it has ended
	err  error         // then: why it failed, and what it said
}

// begin runs a line by sh, for no longer than within. Its processes are a group
// of their own: an interrupt of the suite is none of a subject that it started,
// and what is over time ends with all that it began.
func begin(name, line string, within time.Duration) *command {
	c := &command{name: name, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		if said, err := shell(line, within); err != nil {
			c.err = fmt.Errorf("the command drive.commands.%s to succeed: %w; it said %q", name, err, said)
		}
	}()
	return c
}

// shell tells what a line said, and why it failed. A file takes the output: of a
// pipe the end would be waited for, which a subject left behind may hold open.
func shell(line string, within time.Duration) (said string, err error) {
	out, err := os.CreateTemp("", "conformance-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, out.Close(), os.Remove(out.Name())) }()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", line)
	c.Stdout, c.Stderr = out, out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	if err = c.Run(); ctx.Err() != nil {
		err = fmt.Errorf("it does not end within %v (drive.within)", within)
	}
	b, readErr := tail(out)
	return strings.TrimSpace(string(b)), errors.Join(err, readErr)
}

// tail returns the last shownOutput octets of a file.
func tail(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(max(0, info.Size()-shownOutput), io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, shownOutput))
}

func (c *command) wait() error {
	<-c.done
	return c.err
}

// Stop begins to stop the subject, and does not wait for it. When the case ends
// it is started again.
func (t *T) Stop() {
	d := &t.Subject.Drive
	t.stopping = begin("stop", d.Commands.Stop, d.Within)
}

// Start waits for the stop that was begun, starts the subject, and waits until it
// lets a peer in.
func (t *T) Start() {
	why := t.start()
	t.Expect(why == "", "%s", why)
}

func (t *T) start() (why string) {
	d := &t.Subject.Drive
	stopping := t.stopping
	t.stopping = nil
	// One that did not stop is started all the same: it may be gone after all.
	stopped := stopping.wait()
	if err := begin("start", d.Commands.Start, d.Within).wait(); err != nil {
		return t.lose(err.Error())
	}
	if !t.serves() {
		return t.lose(fmt.Sprintf("a peer to be let in within %v of the command drive.commands.start", d.Within))
	}
	if stopped != nil {
		return stopped.Error()
	}
	return ""
}

// Break makes reads of the subject's store fail. When the case ends it is mended.
func (t *T) Break() {
	d := &t.Subject.Drive
	t.broken = true // half of it may be done even where it fails
	err := begin("break_store", d.Commands.BreakStore, d.Within).wait()
	t.Expect(err == nil, "%v", err)
}

// Mend undoes Break.
func (t *T) Mend() {
	why := t.mend()
	t.Expect(why == "", "%s", why)
}

func (t *T) mend() (why string) {
	d := &t.Subject.Drive
	t.broken = false
	if err := begin("mend_store", d.Commands.MendStore, d.Within).wait(); err != nil {
		return t.lose(err.Error())
	}
	return ""
}

// lose gives the subject up: no other case is run.
func (t *T) lose(why string) string {
	t.lost = "the subject could not be brought back to where it was: expected was " + why
	return why
}

// restore undoes what the case did to the subject and did not undo.
func (t *T) restore() (why string) {
	if t.broken {
		why = t.mend()
	}
	if t.stopping != nil {
		if failed := t.start(); failed != "" {
			why = failed
		}
	}
	return why
}

// serves waits until a peer is let in, for no longer than Drive.Within, and not in
// a run that was stopped: its connections are no more.
func (s *Setup) serves() bool {
	for until := time.Now().Add(s.Subject.Drive.Within); time.Now().Before(until) && s.context().Err() == nil; {
		// Not by a case's own T: whose end would be this one's.
		if f, notRun := try(s, func(t *T) { t.Open() }); f == nil && notRun == "" {
			return true
		}
		time.Sleep(50 * time.Millisecond) // not to hammer on a port that is closed
	}
	return s.context().Err() != nil
}

// Unread is equipment that only the subject's store knows, which is prohibited,
// and which nobody has asked about.
func (t *T) Unread() string {
	all := t.Subject.Drive.Unread
	if t.unread == len(all) {
		t.NotRun("needs %d or more in drive.unread of --subject: each was asked about", t.unread+1)
	}
	t.unread++
	return all[t.unread-1]
}
