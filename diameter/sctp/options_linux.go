//go:build !386

package sctp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
	"unsafe"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

const (
	// ppid is the payload protocol identifier. RFC 6733 2.1.1: "the PPID
	// value 46 is for Diameter messages in clear text SCTP DATA chunks".
	ppid = 46
	// streamsIn bounds what a peer's streams cost here; a register needs
	// one. It may send on any of them.
	streamsIn = 64
	// pathRetries and retries are Path.Max.Retrans and
	// Association.Max.Retrans (RFC 9260 16), with defaults of 5 and 10: a
	// dead path is known sooner, and two dead paths end the association.
	pathRetries, retries = 4, 8
	// receiveBuffer is how much of what a peer sends may wait here, in octets,
	// and its window; net.core.rmem_max may allow less. It bounds the line
	// before a peer's checks, and lets it be seen: a line is what fills one
	// read after the other, of 64 KiB (diameter's gate). Left alone, it would
	// be the half of net.core.rmem_default.
	receiveBuffer = 256 << 10
	// sendBuffer is how much the kernel keeps of answers that are not yet
	// acknowledged, twice over, its own needs included: see jumbo. Left alone,
	// it would be net.core.wmem_default.
	sendBuffer = 128 << 10
	// partialDelivery is SCTP_PARTIAL_DELIVERY_POINT of RFC 6458 8.1.21,
	// which ishidawataru/sctp does not name, and longInPieces its value: a
	// longer message is handed over as it comes. So one that is too long is
	// refused at its header, where the kernel would fill its receive buffer
	// first, and then wait for the peer to try again.
	partialDelivery = 19
	longInPieces    = 16 << 10
)

// The kernel's structures, in its own order of octets.
func rtoInfo(initial, highest, least time.Duration) []byte {
	b := make([]byte, 4, 16)
	for _, d := range []time.Duration{initial, highest, least} {
		b = binary.NativeEndian.AppendUint32(b, uint32(d.Milliseconds()))
	}
	return b
}

func assocParams(retries uint16) []byte {
	b := make([]byte, 20)
	binary.NativeEndian.PutUint16(b[4:], retries)
	return b
}

func pathParams(heartbeat time.Duration, retries uint16) []byte {
	const hbEnable = 1 // SPP_HB_ENABLE
	b := make([]byte, 156)
	binary.NativeEndian.PutUint32(b[132:], uint32(heartbeat.Milliseconds()))
	binary.NativeEndian.PutUint16(b[136:], retries)
	binary.NativeEndian.PutUint32(b[146:], hbEnable)
	return b
}

func initMsg(streamsIn uint16) []byte {
	b := make([]byte, 8)
	binary.NativeEndian.PutUint16(b[2:], streamsIn)
	return b
}

// sentParam is what holds for messages that are sent without saying more.
func sentParam(flags uint16) []byte {
	b := make([]byte, 32)
	binary.NativeEndian.PutUint16(b[4:], flags)
	binary.BigEndian.PutUint32(b[8:], ppid) // the kernel does not turn it round
	return b
}

// subscription asks for the notifications that parseNote reads. What a SHUTDOWN
// means is said by the end of the data.
func subscription() []byte {
	b := make([]byte, 8) // struct sctp_event_subscribe, as far as it is needed
	b[1], b[2], b[6] = 1, 1, 1
	return b
}

func one() []byte { return binary.NativeEndian.AppendUint32(nil, 1) }

// option is one socket option of SCTP.
type option struct {
	name  string
	opt   int
	value []byte
}

func setOptions(fd int, options ...option) error {
	for _, o := range options {
		if err := unix.SetsockoptString(fd, sctp.SOL_SCTP, o.opt, string(o.value)); err != nil {
			return os.NewSyscallError("setsockopt "+o.name, err)
		}
	}
	return nil
}

// endpointOptions are set before listening, since an association takes them
// from its endpoint.
func endpointOptions(c *Config) []option {
	return []option{
		// Without it a request waits for the acknowledgement of the one before.
		{"SCTP_NODELAY", sctp.SCTP_NODELAY, one()},
		{"SCTP_INITMSG", sctp.SCTP_INITMSG, initMsg(streamsIn)},
		// No round trip was measured yet: RFC 9260 16 begins with 1 s.
		{"SCTP_RTOINFO", sctp.SCTP_RTOINFO, rtoInfo(min(max(time.Second, c.RTOMin), c.RTOMax), c.RTOMax, c.RTOMin)},
		{"SCTP_ASSOCINFO", sctp.SCTP_ASSOCINFO, assocParams(retries)},
		{"SCTP_PEER_ADDR_PARAMS", sctp.SCTP_PEER_ADDR_PARAMS, pathParams(c.Heartbeat, pathRetries)},
		{"SCTP_DEFAULT_SENT_PARAM", sctp.SCTP_DEFAULT_SENT_PARAM, sentParam(0)},
		{"SCTP_EVENTS", sctp.SCTP_EVENTS, subscription()},
		{"SCTP_PARTIAL_DELIVERY_POINT", partialDelivery, binary.NativeEndian.AppendUint32(nil, longInPieces)},
		// Another family's addresses arrive mapped, so that all have one size.
		{"SCTP_I_WANT_MAPPED_V4_ADDR", sctp.SCTP_I_WANT_MAPPED_V4_ADDR, one()},
	}
}

// localAddrs are the addresses that an association uses; those that the socket is
// bound to where it is 0.
//
// They are not the same on a socket that is bound to every address: the
// association has those in the scope of its peer's, so no loopback address for
// one on another machine.
func localAddrs(fd int, association uint32) ([]netip.AddrPort, error) {
	// struct sctp_getaddrs: an association, how many, the addresses.
	const header, most = 8, 4096
	for room := 64; ; room *= 4 {
		b := make([]byte, header+inet6Len*room)
		binary.NativeEndian.PutUint32(b, association)
		err := getOption(fd, "SCTP_GET_LOCAL_ADDRS", sctp.SCTP_GET_LOCAL_ADDRS, b)
		if errors.Is(err, unix.ENOMEM) && room < most {
			continue // there are more
		}
		if err != nil {
			return nil, err
		}
		return parseSockaddrs(b[header:], int(binary.NativeEndian.Uint32(b[4:]))), nil
	}
}

// status returns an association's identifier, and the longest message that fits
// into one of its packets (struct sctp_status).
func status(fd int) (association uint32, packet int, err error) {
	b := make([]byte, 176)
	err = getOption(fd, "SCTP_STATUS", sctp.SCTP_STATUS, b)
	return binary.NativeEndian.Uint32(b), int(binary.NativeEndian.Uint32(b[20:])), err
}

func getOption(fd int, name string, opt int, b []byte) error {
	n := uint32(len(b))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), sctp.SOL_SCTP, uintptr(opt),
		uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&n)), 0)
	if errno != 0 {
		return os.NewSyscallError("getsockopt "+name, errno)
	}
	return nil
}

func ips(addrs []netip.AddrPort) []net.IP {
	list := make([]net.IP, len(addrs))
	for i, a := range addrs {
		list[i] = a.Addr().AsSlice()
	}
	return list
}
