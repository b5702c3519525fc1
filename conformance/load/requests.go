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
	picker *picker
	made   [][]*prepared // by priority's place, by length of the identity
}

type prepared struct {
	msg     []byte
	imei    int // where the identity stands
	counter int // where the session's last digit stands
}

// newRequests prepares what p sends. start makes the sessions of this run
// unlike those of the last.
func newRequests(p mme.Peer, from *picker, start int64) *requests {
	r := &requests{picker: from}
	longest := 0
	lengths := make(map[int]bool)
	for _, part := range from.parts {
		for _, imei := range part.IMEIs {
			if n := len(imei); !lengths[n] {
				lengths[n] = true
				longest = max(longest, n)
			}
		}
	}
	for _, share := range from.priorities {
		made := make([]*prepared, longest+1)
		for n := range lengths {
			made[n] = prepare(p, n, share.Priority, start)
		}
		r.made = append(r.made, made)
	}
	return r
}

func prepare(p mme.Peer, length, priority int, start int64) *prepared {
	// RFC 6733 8.8: "The Session-Id MUST be globally and eternally
	// unique": the sender, when it began, which template, and a counter
	// that is enough for decades.
	session := fmt.Sprintf("%s;%d;%d.%d;00000000000000", p.Host, start, length, priority+1)
	blank := strings.Repeat("*", length)
	msg := mme.AppendECR(nil, p, session, mme.Phone{IMEI: blank, SVN: "01", IMSI: "001010123456789"})
	if priority != NoPriority {
		msg = mme.AppendDRMP(msg, uint32(priority))
	}
	return &prepared{
		msg:     msg,
		imei:    bytes.Index(msg, []byte(blank)),
		counter: bytes.Index(msg, []byte(session)) + len(session) - 1,
	}
}

// append appends request k.
func (r *requests) append(b []byte, k uint64, hopByHop, endToEnd uint32) []byte {
	what := r.picker.pick(k)
	p := r.made[what.share][len(what.imei)]
	for i := p.counter; ; i-- {
		if p.msg[i]++; p.msg[i] <= '9' {
			break
		}
		p.msg[i] = '0'
	}
	copy(p.msg[p.imei:], what.imei)
	mme.SetIDs(p.msg, hopByHop, endToEnd)
	return append(b, p.msg...)
}
