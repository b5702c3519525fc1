package interop

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An MME asks through a relay about every kind of phone; the relay watches,
// and leaves; the register leaves a second one.
func TestThroughARelay(t *testing.T) {
	gate(t, diameterTools...)
	n := startNode(t)
	n.list(t, "permitted", "00100100000001")
	n.list(t, "prohibited", "00100100000002")
	n.list(t, "tracked", "00100100000003")
	c := startCapture(t, n.port)
	first := startRelay(t, n.port)
	mme := dialClient(t, loopback(first.port))

	const success, unknown, invalid, missing = 2001, 5422, 5004, 5005
	for i, ask := range []struct {
		name   string
		imei   string // "": no Terminal-Information
		result uint32 // Experimental-Result where it is unknown's
		status int32  // -1: none
		failed bool
	}{
		{"permitted", "00100100000001", success, 0, false},
		{"prohibited", "00100100000002", success, 1, false},
		{"prohibited, as an IMEISV", "0010010000000207", success, 1, false},
		{"tracked, with a 15th digit", "001001000000030", success, 2, false},
		{"unknown", "00100100000004", unknown, -1, false},
		{"malformed", "12345", invalid, -1, true},
		{"absent", "", missing, -1, true},
	} {
		t.Run(ask.name, func(t *testing.T) {
			m := request(fmt.Sprint(i))
			if ask.imei != "" {
				about(m, ask.imei)
			}
			var v verdict
			if err := mme.ask(t, m).Unmarshal(&v); err != nil {
				t.Fatal(err)
			}
			got := map[string]any{"host": v.OriginHost, "session": v.SessionID, "result": uint32(0), "status": int32(-1), "failed": len(v.FailedAVP) > 0}
			if v.ResultCode != nil {
				got["result"] = *v.ResultCode
			}
			if v.ExperimentalResult != nil {
				got["experimental"] = *v.ExperimentalResult
			}
			if v.EquipmentStatus != nil {
				got["status"] = *v.EquipmentStatus
			}
			want := map[string]any{"host": eirHost, "session": fmt.Sprintf("%s;%d", mmeHost, i), "result": ask.result, "status": ask.status, "failed": ask.failed}
			if ask.result == unknown {
				want["result"] = uint32(0)
				want["experimental"] = experimentalResult{vendor3GPP, unknown}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
		})
	}

	const succeeded = "diameter.flags.request == 0 && diameter.Result-Code == 2001"
	until(t, "the register answers the relay's DWR", func() bool {
		return c.has(ours(n.port) + "diameter.cmd.code == 280 && " + succeeded)
	})
	first.stop(t, syscall.SIGTERM)
	second := startRelay(t, n.port)
	n.stop(t, syscall.SIGTERM)
	second.says(t, "sent a DPR with cause: REBOOTING")
	c.finish(t)

	// The relay left first, the register left second.
	for _, once := range []struct{ what, filter string }{
		{"DPA of the register's", fmt.Sprintf("tcp.srcport == %d && diameter.cmd.code == 282 && %s", n.port, succeeded)},
		{"DPR of the register's, REBOOTING", fmt.Sprintf("tcp.srcport == %d && diameter.cmd.code == 282 && diameter.Disconnect-Cause == 0", n.port)},
		{"DPA of the relay's", fmt.Sprintf("tcp.dstport == %d && diameter.cmd.code == 282 && %s", n.port, succeeded)},
	} {
		found, err := dissect(c.file, c.port, once.filter)
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %q, %v; want one", once.what, found, err)
		}
	}
	// Two CEAs, seven ECAs, a DWA, a DPA and a DPR; one ECA says what is missing.
	c.clean(t, 12, 1)
}
