package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func appendSample(b []byte) []byte {
	start := len(b)
	b = AppendHeader(b, &Header{Version: Version, Flags: FlagRequest, Command: DeviceWatchdog, HopByHop: 1, EndToEnd: 2})
	b = AppendAVP(b, OriginHost, 0, FlagMandatory, "a.b")
	b, group := BeginGroup(b, TerminalInformation, Vendor3GPP, FlagMandatory)
	b = AppendUint32(b, EquipmentStatus, Vendor3GPP, FlagMandatory, Greylisted)
	b = AppendZeros(b, SoftwareVersion, Vendor3GPP, 0, 2)
	EndGroup(b, group)
	b = AppendRaw(b, []byte("\x00\x00\x00\x01\x40\x00\x00\x09x"))
	FinishMessage(b, start)
	return b
}

func TestAppend(t *testing.T) {
	const want = "\x01\x00\x00\x58\x80\x00\x01\x18\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02" +
		"\x00\x00\x01\x08\x40\x00\x00\x0ba.b\x00" +
		"\x00\x00\x05\x79\xc0\x00\x00\x2c\x00\x00\x28\xaf" +
		"\x00\x00\x05\xa5\xc0\x00\x00\x10\x00\x00\x28\xaf\x00\x00\x00\x02" +
		"\x00\x00\x05\x7b\x80\x00\x00\x0e\x00\x00\x28\xaf\x00\x00\x00\x00" +
		"\x00\x00\x00\x01\x40\x00\x00\x09x\x00\x00\x00"
	got := appendSample([]byte("before"))
	if diff := cmp.Diff("before"+want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	grouped := func(code, _ uint32) bool { return code == TerminalInformation }
	if f := Validate(got[len("before"):], Limits{AVPs: 5, Depth: 2}, grouped); f != nil {
		t.Errorf("what was appended: %v", f)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	b := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { b = appendSample(b[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
