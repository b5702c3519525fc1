package load

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// eager is a socket whose Write never waits: what the kernel does not take now
// is kept and goes first later. So one goroutine keeps the pace of many
// connections, and a target that does not read holds up none but its own.
type eager struct {
	net.Conn
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // made once: a closure a write would be garbage
	// parcel is how much goes into one system call, where messages must be
	// kept apart; else nil.
	parcel func([]byte) int

	mu    sync.Mutex // guards what follows
	now   []byte     // attempt's argument
	n     int        // and results
	err   error
	later []byte

	waiting atomic.Int64 // len(later)
}

func newEager(c net.Conn) (*eager, error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("%T is no socket", c)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil, err
	}
	e := &eager{Conn: c, raw: raw}
	if p, ok := c.(interface{ Parcel([]byte) int }); ok {
		e.parcel = p.Parcel
	}
	e.attempt = func(fd uintptr) bool {
		for {
			e.n, e.err = syscall.Write(int(fd), e.now)
			switch {
			case e.err == syscall.EINTR:
				continue
			case e.err == syscall.EAGAIN:
				e.n, e.err = 0, nil
			}
			e.n = max(e.n, 0)
			return true
		}
	}
	return e, nil
}

// Write takes all of p, and does not keep it.
func (e *eager) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.later) == 0 {
		n, err := e.try(p)
		if err != nil || n == len(p) {
			return n, err
		}
		e.keep(append(e.later, p[n:]...))
		return len(p), nil
	}
	e.keep(append(e.later, p...))
	return len(p), nil
}

// push tries what waits again.
func (e *eager) push() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.later) == 0 {
		return nil
	}
	n, err := e.try(e.later)
	e.keep(append(e.later[:0], e.later[n:]...))
	return err
}

func (e *eager) keep(b []byte) {
	e.later = b
	e.waiting.Store(int64(len(b)))
}

// try writes what the kernel takes of p now.
func (e *eager) try(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		e.now = p[written:]
		if e.parcel != nil {
			e.now = e.now[:e.parcel(e.now)]
		}
		asked := len(e.now)
		err := e.raw.Write(e.attempt)
		e.now = nil
		if err == nil {
			err = e.err
			written += e.n
		}
		if err != nil || e.n < asked {
			return written, err
		}
	}
	return written, nil
}
