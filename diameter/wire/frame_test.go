package wire

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A DWR with an Origin-Host "a.b" and its octet of padding, and 4 octets of an
// unknown AVP without value.
const dwr = "\x01\x00\x00\x28\x80\x00\x01\x18\x00\x00\x00\x00\x11\x22\x33\x44\x55\x66\x77\x88" +
	"\x00\x00\x01\x08\x40\x00\x00\x0ba.b\x00" + "\x00\x00\xff\xff\x00\x00\x00\x08"

func TestHeader(t *testing.T) {
	h, ok := ParseHeader([]byte(dwr))
	want := Header{Version: 1, Length: 40, Flags: FlagRequest, Command: DeviceWatchdog, HopByHop: 0x11223344, EndToEnd: 0x55667788}
	if diff := cmp.Diff(want, h); !ok || diff != "" {
		t.Errorf("ok %v, (-want +got)\n%s", ok, diff)
	}
	if got := AppendHeader(nil, &h); string(got) != dwr[:HeaderLen] {
		t.Errorf("appended %x", got)
	}
	if _, ok := ParseHeader([]byte(dwr)[:HeaderLen-1]); ok {
		t.Error("19 octets are no header")
	}
}

func TestFrame(t *testing.T) {
	with := func(at int, octets ...byte) []byte {
		b := []byte(dwr + dwr)
		copy(b[at:], octets)
		return b
	}
	for _, c := range []struct {
		name  string
		b     []byte
		limit int
		n     int
		kind  Kind
	}{
		{"one and the next", with(0), 64, 40, 0},
		{"exactly the cap", with(0), 40, 40, 0},
		{"over the cap", with(0), 36, 0, InvalidMessageLength},
		{"over the ceiling, whatever the cap", with(1, 0x40, 0, 4), 1 << 24, 0, InvalidMessageLength},
		{"under a header", with(1, 0, 0, 16), 64, 0, InvalidMessageLength},
		{"no multiple of 4", with(1, 0, 0, 41), 64, 0, InvalidMessageLength},
		{"zero", with(1, 0, 0, 0), 64, 0, InvalidMessageLength},
		{"version 2", with(0, 2), 64, 0, UnsupportedVersion},
		{"version 0 of an impossible length", with(0, 0, 0, 0, 3), 64, 0, UnsupportedVersion},
		{"version 2 is not waited for", with(0, 2, 0, 0, 84), 128, 0, UnsupportedVersion},
	} {
		n, err := Frame(c.b, c.limit)
		var f *Fault
		errors.As(err, &f)
		if n != c.n || (f == nil) != (c.kind == 0) || f != nil && f.Kind != c.kind {
			t.Errorf("%s: %d, %v", c.name, n, err)
		}
	}
}

func TestFrameWaitsAtEveryOctet(t *testing.T) {
	for i := range len(dwr) {
		if n, err := Frame([]byte(dwr)[:i], 64); n != 0 || err != nil {
			t.Errorf("%d octets: %d, %v", i, n, err)
		}
	}
}

func TestFaultText(t *testing.T) {
	for _, f := range []Fault{
		{Kind: UnsupportedVersion}, {Kind: InvalidMessageLength, Length: 3},
		{Kind: InvalidAVPLength, Code: 1402, Vendor: 10415, Offset: 20, Length: 7},
		{Kind: TooManyAVPs, Offset: 20}, {Kind: TooDeep, Code: 279, Offset: 20},
	} {
		s := f.Error()
		if f.Code != 0 && !bytes.Contains([]byte(s), []byte("at octet 20")) || len(s) < 20 {
			t.Errorf("%+v: %q", f, s)
		}
	}
}
