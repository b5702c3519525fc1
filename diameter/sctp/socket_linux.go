//go:build !386

package sctp

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// socket is a socket on Go's poller: whoever waits for it is a goroutine.
type socket struct {
	file   *os.File
	raw    syscall.RawConn
	closed atomic.Bool
}

// open takes fd, which must not block.
func (s *socket) open(fd int) (err error) {
	s.file = os.NewFile(uintptr(fd), "sctp")
	s.raw, err = s.file.SyscallConn()
	return err
}

// Close wakes who waits.
func (s *socket) Close() error {
	if s.closed.Swap(true) {
		return net.ErrClosed
	}
	return s.file.Close()
}

// translate makes a closed file a closed connection, as callers of net know it.
// os has no name for the error of a wait that Close ended.
func (s *socket) translate(err error) error {
	if err != nil && s.closed.Load() {
		return net.ErrClosed
	}
	return err
}
