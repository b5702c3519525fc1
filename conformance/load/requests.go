package load

import (
	"bytes"
	"fmt"
	"strings"

	"paperweight/conformance/mme"
)

// requests makes the requests of one connection: a copy of a message that was
// built once, with another identity, session and identifiers put in.
type requests struct {
	imeis []string
	turn  int
	made  map[int]*prepared // by length of the identity
}

type prepared struct {
	msg     []byte
	imei    int // where the identity stands
	counter int // where the session's last digit stands
}

// newRequests begins at a turn of its own, so that connections do not ask
// about the same phone at the same time. start makes the sessions of this
// run unlike those of the last.
func newRequests(p mme.Peer, imeis []string, turn int, start int64) *requests {
	r := &requests{imeis: imeis, turn: turn % len(imeis), made: make(map[int]*prepared)}
	for _, imei := range imeis {
		if r.made[len(imei)] != nil {
			continue
		}
		// RFC 6733 8.8: "The Session-Id MUST be globally and eternally
		// unique": the sender, when it began, and a counter.
		session := fmt.Sprintf("%s;%d;%d;0000000000", p.Host, start, len(imei))
		blank := strings.Repeat("*", len(imei))
		msg := mme.AppendECR(nil, p, session, mme.Phone{IMEI: blank, SVN: "01", IMSI: "001010123456789"})
		r.made[len(imei)] = &prepared{
			msg:     msg,
			imei:    bytes.Index(msg, []byte(blank)),
			counter: bytes.Index(msg, []byte(session)) + len(session) - 1,
		}
	}
	return r
}

// append appends the next request.
func (r *requests) append(b []byte, hopByHop, endToEnd uint32) []byte {
	imei := r.imeis[r.turn]
	if r.turn++; r.turn == len(r.imeis) {
		r.turn = 0
	}
	p := r.made[len(imei)]
	for i := p.counter; ; i-- {
		if p.msg[i]++; p.msg[i] <= '9' {
			break
		}
		p.msg[i] = '0'
	}
	copy(p.msg[p.imei:], imei)
	mme.SetIDs(p.msg, hopByHop, endToEnd)
	return append(b, p.msg...)
}
