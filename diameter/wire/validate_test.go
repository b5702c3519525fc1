package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func groups(code, _ uint32) bool { return code == FailedAVP || code == TerminalInformation }

// nest returns a message of Failed-AVPs, each in the one before.
func nest(depth int) []byte {
	b := AppendHeader(nil, &Header{Version: Version, Flags: FlagRequest, Command: DeviceWatchdog})
	starts := make([]int, depth)
	for i := range starts {
		b, starts[i] = BeginGroup(b, FailedAVP, 0, FlagMandatory)
	}
	b = AppendUint32(b, ResultCode, 0, FlagMandatory, DiameterSuccess)
	for _, s := range starts {
		EndGroup(b, s)
	}
	FinishMessage(b, 0)
	return b
}

// steps counts how often Validate asks what an AVP is: its work.
func steps(msg []byte, l Limits) (n int, f *Fault) {
	f = Validate(msg, l, func(code, vendor uint32) bool { n++; return groups(code, vendor) })
	return n, f
}

func TestValidateLimits(t *testing.T) {
	limits := Limits{AVPs: 4, Depth: 4}
	if _, f := steps(nest(3), limits); f != nil {
		t.Errorf("as deep and as many as allowed: %v", f)
	}
	if _, f := steps(nest(4), Limits{AVPs: 100, Depth: 4}); f == nil || f.Kind != TooDeep || f.Offset != 20+3*8 {
		t.Errorf("one deeper: %v", f)
	}
	if _, f := steps(nest(3), Limits{AVPs: 3, Depth: 4}); f == nil || f.Kind != TooManyAVPs {
		t.Errorf("one more: %v", f)
	}
	if _, f := steps(nest(9), Limits{AVPs: 100, Depth: 1000}); f == nil || f.Kind != TooDeep {
		t.Errorf("deeper than a limit can be: %v", f)
	}
}

// The message that ends a process whose decoder calls itself: 4 MiB of nesting.
func TestValidateHostile(t *testing.T) {
	deep := nest((MaxMessage - 32) / 8)
	if n, f := steps(deep, Limits{AVPs: 512, Depth: 8}); f == nil || f.Kind != TooDeep || n > 8 {
		t.Errorf("%d steps, %v", n, f)
	}
	wide := AppendHeader(nil, &Header{Version: Version})
	for range 1 << 17 {
		wide = AppendZeros(wide, 9999, 0, 0, 0)
	}
	FinishMessage(wide, 0)
	if n, f := steps(wide, Limits{AVPs: 512, Depth: 8}); f == nil || f.Kind != TooManyAVPs || n > 512 {
		t.Errorf("%d steps, %v", n, f)
	}
}

func TestValidateNamesThePlace(t *testing.T) {
	msg := appendSample(nil)
	inner := 20 + 12 + 12 + 16 // Software-Version in Terminal-Information
	msg[inner+7] = 11
	f := Validate(msg, Limits{AVPs: 16, Depth: 4}, groups)
	if f == nil {
		t.Fatal("no fault")
	}
	want := &Fault{Kind: InvalidAVPLength, Offset: inner, Code: SoftwareVersion, Vendor: Vendor3GPP, AVPFlags: FlagVendor, Length: 11}
	if within := f.Within; len(within) != 1 || !within[0].Is(TerminalInformation, Vendor3GPP) || within[0].Offset != 32 {
		t.Errorf("within %+v", within)
	}
	f.Within = nil
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Cut anywhere, with the header's length corrected, a message is sound only
// where an AVP of its own ends.
func TestValidateTruncated(t *testing.T) {
	whole := appendSample(nil)
	sound := map[int]bool{20: true, 32: true, 76: true, 88: true}
	for n := range len(whole) + 1 {
		cut := append([]byte(nil), whole[:n]...)
		if n >= HeaderLen {
			FinishMessage(cut, 0)
		}
		if f := Validate(cut, Limits{AVPs: 16, Depth: 4}, groups); (f == nil) != sound[n] {
			t.Errorf("%d octets: %v", n, f)
		}
	}
	if f := Validate(whole[:84], Limits{AVPs: 16, Depth: 4}, groups); f == nil || f.Kind != InvalidMessageLength {
		t.Errorf("shorter than its header says: %v", f)
	}
}
