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
	gate(t)
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

	t.Run("watchdog", func(t *testing.T) {
		until(t, "the register answers the relay's DWR", func() bool {
			return len(c.fromUs(t, "diameter.cmd.code == 280 && diameter.flags.request == 0 && diameter.Result-Code == 2001")) > 0
		})
	})
	t.Run("the relay leaves", func(t *testing.T) {
		first.stop(t, syscall.SIGTERM)
		c.flush(t)
		if got := c.fromUs(t, "diameter.cmd.code == 282 && diameter.flags.request == 0 && diameter.Result-Code == 2001"); len(got) != 1 {
			t.Errorf("DPAs of the register's: %q, want one", got)
		}
	})
	t.Run("the register leaves", func(t *testing.T) {
		second := startRelay(t, n.port)
		n.stop(t, syscall.SIGTERM)
		second.says(t, "'STATE_CLOSING_GRACE'")
		c.flush(t)
		const rebooting = 0
		if got := c.fromUs(t, fmt.Sprintf("diameter.cmd.code == 282 && diameter.flags.request == 1 && diameter.Disconnect-Cause == %d", rebooting)); len(got) != 1 {
			t.Errorf("DPRs of the register's: %q, want one, REBOOTING", got)
		}
		if got := dissect(t, c.file, n.port, fmt.Sprintf("tcp.dstport == %d && diameter.cmd.code == 282 && diameter.flags.request == 0", n.port)); len(got) != 1 {
			t.Errorf("DPAs to the register: %q, want one", got)
		}
	})
	c.finish(t)
	// Two CEAs, seven ECAs, a DWA, a DPA and a DPR.
	c.clean(t, 12)
}
