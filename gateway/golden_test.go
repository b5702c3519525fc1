package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/zap"

	"paperweight/eir"
	"paperweight/gateway/admin"
	"paperweight/gateway/config"
)

// The golden messages: built from the grammar of TS 29.272 7.2.19 and 7.2.20,
// and passed by an independent dissector. The defaults of the configuration
// are the identity that they name.
const (
	goldenECR     = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f7267000000011b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"
	goldenBlack   = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"
	goldenUnknown = "010000b440000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c0100002400000129400000200000010a4000000c000028af0000012a4000000c0000152e000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700"
	// A CER of mme.epc.example.org from 127.0.0.1 for S13.
	goldenCER = "0100007c80000101000000000000000100000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000001014000000e00017f00000100000000010a4000000c000028af0000010d0000000b6d6d6500000001024000000c01000024"
)

// TestGolden sends the golden request to a node on the defaults, once without
// a list and once with the equipment prohibited.
func TestGolden(t *testing.T) {
	c := config.Default()
	c.Store.Data = t.TempDir()
	c.Diameter.Listen = []string{"127.0.0.1:0"}
	c.Admin.Listen = "127.0.0.1:0"
	n, err := start(c, zap.NewNop(), zap.NewAtomicLevel())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	conn, err := net.Dial("tcp", n.diameterAt[0].at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	exchange(t, conn, goldenCER)
	if got := exchange(t, conn, goldenECR); got != goldenUnknown {
		t.Errorf("on no list:\n got %s\nwant %s", got, goldenUnknown)
	}
	client, err := admin.NewClient("http://" + n.adminAt.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Add(context.Background(), admin.Entry{Target: admin.Target{Equipment: "26053179311383"}, Status: eir.Prohibited}); err != nil {
		t.Fatal(err)
	}
	if got := exchange(t, conn, goldenECR); got != goldenBlack {
		t.Errorf("prohibited:\n got %s\nwant %s", got, goldenBlack)
	}
}

// exchange sends a message and returns the next one, both as hexadecimal.
func exchange(t *testing.T, conn net.Conn, message string) string {
	t.Helper()
	b, err := hex.DecodeString(message)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	answer := append(head, make([]byte, int(binary.BigEndian.Uint32(head)&0xffffff)-4)...)
	if _, err := io.ReadFull(conn, answer[4:]); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(answer)
}
