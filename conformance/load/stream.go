package load

import (
	"fmt"
	"net"

	"paperweight/conformance/mme"
)

// streamBytes is how much is read at once, and the longest message that can
// be; an answer of S13 has less than 300 bytes. A stream begins with
// firstBytes, since many may have little to read.
const (
	firstBytes  = 2 << 10
	streamBytes = 64 << 10
)

// stream takes whole messages out of a connection.
type stream struct {
	net.Conn
	buf      []byte
	from, to int
	full     bool // the last read might have brought more
}

// next returns the next message that has arrived whole, or nil. It is valid
// until fill.
func (s *stream) next() ([]byte, error) {
	n, err := mme.Frame(s.buf[s.from:s.to])
	if n == 0 {
		return nil, err
	}
	msg := s.buf[s.from : s.from+n]
	s.from += n
	return msg, nil
}

// fill waits for bytes and reads all that are there.
func (s *stream) fill() error {
	s.to = copy(s.buf, s.buf[s.from:s.to])
	s.from = 0
	switch {
	case s.to == streamBytes:
		return fmt.Errorf("a message is longer than %d bytes", streamBytes)
	case s.full || s.to == len(s.buf):
		buf := make([]byte, min(streamBytes, max(firstBytes, 2*len(s.buf))))
		copy(buf, s.buf[:s.to])
		s.buf = buf
	}
	n, err := s.Read(s.buf[s.to:])
	s.to += n
	s.full = s.to == len(s.buf) && len(s.buf) < streamBytes
	if n > 0 {
		// The error comes again with the next read.
		return nil
	}
	return err
}

// wait returns the next message, however long it takes.
func (s *stream) wait() ([]byte, error) {
	for {
		if msg, err := s.next(); msg != nil || err != nil {
			return msg, err
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}
