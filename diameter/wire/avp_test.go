package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func collect(c Cursor) ([]AVP, *Fault) {
	var all []AVP
	var a AVP
	for c.Next(&a) {
		all = append(all, a)
	}
	return all, c.Fault()
}

func TestCursor(t *testing.T) {
	got, f := collect(AVPs([]byte(dwr)))
	want := []AVP{
		{Code: OriginHost, Flags: FlagMandatory, Data: []byte("a.b"), Raw: []byte(dwr[20:31]), Offset: 20},
		{Code: 0xffff, Data: []byte{}, Raw: []byte(dwr[32:40]), Offset: 32},
	}
	if diff := cmp.Diff(want, got); f != nil || diff != "" {
		t.Errorf("fault %v, (-want +got)\n%s", f, diff)
	}
}

// The octets of padding may have any value, and the reserved bits and P any.
func TestCursorTolerates(t *testing.T) {
	got, f := collect(Sequence([]byte("\x00\x00\x05\x7a\xff\x00\x00\x0d\x00\x00\x28\xafx\xee\xee\xee")))
	want := []AVP{{
		Code: IMEI, Vendor: Vendor3GPP, Flags: 0xff, Data: []byte("x"),
		Raw: []byte("\x00\x00\x05\x7a\xff\x00\x00\x0d\x00\x00\x28\xafx"),
	}}
	if diff := cmp.Diff(want, got); f != nil || diff != "" {
		t.Errorf("fault %v, (-want +got)\n%s", f, diff)
	}
}

func TestCursorFaults(t *testing.T) {
	for _, c := range []struct {
		name, avps string
		want       Fault
	}{
		{"length 0", "\x00\x00\x01\x08\x40\x00\x00\x00", Fault{Code: 264, AVPFlags: 0x40}},
		{"length 7", "\x00\x00\x01\x08\x40\x00\x00\x07", Fault{Code: 264, AVPFlags: 0x40, Length: 7}},
		{"beyond the end", "\x00\x00\x01\x08\x40\x00\x00\x0dabcd", Fault{Code: 264, AVPFlags: 0x40, Length: 13}},
		{"padding beyond the end", "\x00\x00\x01\x08\x40\x00\x00\x09a", Fault{Code: 264, AVPFlags: 0x40, Length: 9}},
		{"the longest", "\x00\x00\x01\x08\x40\xff\xff\xffabcd", Fault{Code: 264, AVPFlags: 0x40, Length: 1<<24 - 1}},
		{"V bit, length 8", "\x00\x00\x05\x7a\xc0\x00\x00\x08\x00\x00\x28\xaf", Fault{Code: 1402, Vendor: 10415, AVPFlags: 0xc0, Length: 8}},
		{"V bit, no Vendor-Id", "\x00\x00\x05\x7a\xc0\x00\x00\x0c", Fault{Code: 1402, AVPFlags: 0xc0, Length: 12}},
		{"half a header", "\x00\x00\x05\x7a", Fault{Code: 1402}},
	} {
		got, f := collect(Sequence([]byte(c.avps)))
		c.want.Kind = InvalidAVPLength
		if diff := cmp.Diff(&c.want, f); len(got) != 0 || diff != "" {
			t.Errorf("%s: %v, (-want +got)\n%s", c.name, got, diff)
		}
	}
}

func TestUint32(t *testing.T) {
	if v, ok := (&AVP{Data: []byte{1, 2, 3, 4}}).Uint32(); v != 0x01020304 || !ok {
		t.Errorf("%x %v", v, ok)
	}
	if _, ok := (&AVP{Data: []byte{1, 2, 3}}).Uint32(); ok {
		t.Error("three octets are no Unsigned32")
	}
}
