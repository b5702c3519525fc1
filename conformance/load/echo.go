package load

import (
	"fmt"
	"net"

	"paperweight/conformance/mme"
)

// Echo is the limit that a register is compared with: to each request it
// answers with a copy of one answer under the request's identifiers.
type Echo struct {
	answer []byte
}

// NewEcho returns an Echo that answers every request other than CER and DPR
// with a copy of answer, a whole ECA.
func NewEcho(answer []byte) (*Echo, error) {
	if n, err := mme.Frame(answer); err != nil || n != len(answer) || mme.IsRequest(answer) {
		return nil, fmt.Errorf("the answer to repeat is not one whole Diameter answer (%v)", err)
	}
	return &Echo{answer: answer}, nil
}

// Serve answers until the listener is closed.
func (e *Echo) Serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go e.serve(&stream{Conn: conn})
	}
}

// serve reads what is there, answers each whole request, and writes once.
func (e *Echo) serve(s *stream) {
	defer s.Close()
	for out := []byte(nil); ; out = out[:0] {
		if s.fill() != nil {
			return
		}
		for {
			msg, err := s.next()
			if err != nil {
				return
			}
			if msg == nil {
				break
			}
			out = e.appendAnswer(out, msg)
		}
		if _, err := s.Write(out); err != nil {
			return
		}
	}
}

func (e *Echo) appendAnswer(b, request []byte) []byte {
	at := len(b)
	if mme.IsCapabilities(request) || mme.IsDisconnect(request) {
		b = mme.AppendSuccess(b, request, mme.Peer{Host: "echo.example.org", Realm: "example.org"})
	} else {
		b = append(b, e.answer...)
	}
	hopByHop, endToEnd := mme.IDs(request)
	mme.SetIDs(b[at:], hopByHop, endToEnd)
	return b
}
