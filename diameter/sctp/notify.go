package sctp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/ishidawataru/sctp"
)

// The ends of an association that the kernel tells of.
var (
	// ErrRestarted: the peer lost its memory and set the association up
	// anew over the old one (RFC 9260 5.2). Its Diameter state is gone, so
	// it must call again and begin with a CER.
	ErrRestarted = errors.New("sctp: the peer restarted inside the association")
	// ErrPartial: the peer gave up a message of which a part was read.
	ErrPartial = errors.New("sctp: the peer gave up a message half way")
)

// AbortError is an association that the peer aborted, or that no path leads to
// any more.
type AbortError struct {
	// Cause is the error cause code of RFC 9260 3.3.10, 0 where none was
	// given: 12 is the peer's user.
	Cause uint16
	// Err is what the socket said.
	Err error
}

func (e *AbortError) Error() string {
	if e.Cause == 0 {
		return fmt.Sprintf("sctp: the association is lost: %v", e.Err)
	}
	return fmt.Sprintf("sctp: the peer aborted the association (cause %d): %v", e.Cause, e.Err)
}

func (e *AbortError) Unwrap() error { return e.Err }

// noteLen holds the notifications that are subscribed to: sctp_paddr_change has
// 148 octets. What a longer one says beyond that, an ABORT's own words, is not
// needed.
const noteLen = 160

// note is what a notification (RFC 6458 6.1) comes to.
type note struct {
	path    Path   // State and Address; Address not valid where it is none
	over    bool   // the SHUTDOWN is complete
	lost    bool   // what the socket says next is why
	cause   uint16 // where lost
	failure error  // where the association is of no more use though it stands
}

func parseNote(b []byte) note {
	if len(b) < 8 {
		return note{}
	}
	switch sctp.SCTPNotificationType(binary.NativeEndian.Uint16(b)) {
	case sctp.SCTP_PEER_ADDR_CHANGE:
		// A header of 8, an address in the room of 128, the state.
		if len(b) < 140 {
			return note{}
		}
		a, _ := parseSockaddr(b[8:136])
		return note{path: Path{Address: a.Addr(), State: PathState(binary.NativeEndian.Uint32(b[136:]))}}
	case sctp.SCTP_ASSOC_CHANGE:
		if len(b) < 12 {
			return note{}
		}
		switch sctp.SCTPState(binary.NativeEndian.Uint16(b[8:])) {
		case sctp.SCTP_RESTART:
			return note{failure: ErrRestarted}
		case sctp.SCTP_SHUTDOWN_COMP:
			return note{over: true}
		case sctp.SCTP_COMM_LOST:
			// The cause is as the ABORT had it, in network order.
			return note{lost: true, cause: binary.BigEndian.Uint16(b[10:])}
		}
	case sctp.SCTP_PARTIAL_DELIVERY_EVENT:
		return note{failure: ErrPartial}
	}
	return note{}
}

// remote fills in whose path it is.
func (p Path) remote(a addr) Path {
	p.Remote = netip.AddrPort(a)
	return p
}
