package interop

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// process is a program under way, with all that it said.
type process struct {
	*exec.Cmd
	said   *transcript
	exited chan struct{} // closed at its end; err is then set
	err    error
}

// start starts a program that the test's end kills, if nothing ended it
// earlier, and shows what it said where the test failed.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(name, args...), said: new(transcript), exited: make(chan struct{})}
	p.Stdout, p.Stderr = p.said, p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("%s said:\n%s", name, p.said)
		}
	})
	return p
}

// stop sends a signal and waits until the program has ended by itself.
func (p *process) stop(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	until(t, p.Path+" ends after "+s.String(), p.ended)
	if p.err != nil {
		t.Errorf("%s after %v: %v; want exit status 0", p.Path, s, p.err)
	}
}

func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// says waits for words in what the program prints.
func (p *process) says(t *testing.T, words string) {
	t.Helper()
	until(t, p.Path+" says "+words, func() bool {
		if p.ended() {
			t.Fatalf("%s ended (%v) before it said %q", p.Path, p.err, words)
		}
		return strings.Contains(p.said.String(), words)
	})
}

// transcript is what a program has said so far.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
