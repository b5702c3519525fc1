package sctp

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"testing"

	"github.com/ishidawataru/sctp"
)

// notification writes one as the kernel does: type, flags, length, fields.
func notification(kind sctp.SCTPNotificationType, fields ...[]byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(kind))
	b = append(b, 0, 0, 0, 0, 0, 0)
	for _, f := range fields {
		b = append(b, f...)
	}
	binary.NativeEndian.PutUint32(b[4:], uint32(len(b)))
	return b
}

func native16(v uint16) []byte { return binary.NativeEndian.AppendUint16(nil, v) }
func native32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

func TestParseNote(t *testing.T) {
	storage := make([]byte, 128)
	copy(storage, appendSockaddrs([]netip.AddrPort{netip.MustParseAddrPort("192.0.2.7:3868")}))
	path := notification(sctp.SCTP_PEER_ADDR_CHANGE, storage, native32(uint32(Unreachable)), native32(0), native32(5))
	aborted := notification(sctp.SCTP_ASSOC_CHANGE, native16(uint16(sctp.SCTP_COMM_LOST)), []byte{0, 12}, make([]byte, 8))
	for _, c := range []struct {
		what string
		b    []byte
		want note
	}{
		{"a path", path, note{path: Path{Address: netip.MustParseAddr("192.0.2.7"), State: Unreachable}}},
		{"an abort", aborted, note{lost: true, cause: 12}},
		{"a restart", notification(sctp.SCTP_ASSOC_CHANGE, native16(uint16(sctp.SCTP_RESTART)), make([]byte, 10)), note{failure: ErrRestarted}},
		{"an end in order", notification(sctp.SCTP_ASSOC_CHANGE, native16(uint16(sctp.SCTP_SHUTDOWN_COMP)), make([]byte, 10)), note{over: true}},
		{"the beginning", notification(sctp.SCTP_ASSOC_CHANGE, native16(uint16(sctp.SCTP_COMM_UP)), make([]byte, 10)), note{}},
		{"a message given up", notification(sctp.SCTP_PARTIAL_DELIVERY_EVENT, make([]byte, 16)), note{failure: ErrPartial}},
		{"another", notification(sctp.SCTP_SHUTDOWN_EVENT, make([]byte, 4)), note{}},
	} {
		if got := parseNote(c.b); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
		for n := range len(c.b) {
			parseNote(c.b[:n]) // no length is trusted
		}
	}
	if len(path) > noteLen {
		t.Errorf("a path's notification has %d octets, and %d are kept", len(path), noteLen)
	}
}

func TestAbortErrorSaysWhy(t *testing.T) {
	err := error(&AbortError{Cause: 12, Err: syscall.ECONNRESET})
	if want := "sctp: the peer aborted the association (cause 12): connection reset by peer"; err.Error() != want || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestSockaddrs(t *testing.T) {
	var want []netip.AddrPort
	for _, s := range []string{"192.0.2.7:3868", "[2001:db8::7]:3868", "0.0.0.0:3868"} {
		want = append(want, netip.MustParseAddrPort(s))
	}
	b := appendSockaddrs(want)
	got := parseSockaddrs(b, len(want))
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	for n := range len(b) {
		parseSockaddrs(b[:n], len(want)) // as many as there are
	}
	mapped := appendSockaddrs([]netip.AddrPort{netip.MustParseAddrPort("[2001:db8::7]:1")})
	copy(mapped[8:], netip.MustParseAddr("::ffff:192.0.2.7").AsSlice())
	if a, _ := parseSockaddr(mapped); a.String() != "192.0.2.7:1" {
		t.Errorf("a mapped address is %v", a)
	}
}
