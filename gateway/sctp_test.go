package main

import (
	"context"
	"net"
	"slices"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"paperweight/gateway/config"
)

// TestSCTPWhereTheKernelHasIt: a node that is to serve SCTP and TCP serves both,
// or, where the kernel has no SCTP, says so in one line and serves TCP. Which of
// the two is tried depends on the kernel; diameter/sctp's machine has one.
func TestSCTPWhereTheKernelHasIt(t *testing.T) {
	c := config.Default()
	c.Store.Data, c.Admin.Listen = t.TempDir(), "127.0.0.1:0"
	c.Diameter.Listen, c.Diameter.SCTP.Listen = []string{"127.0.0.1:0"}, []string{"127.0.0.1:0"}
	core, told := observer.New(zapcore.DebugLevel)
	n, err := start(c, zap.New(core), zap.NewAtomicLevel())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	tcp, err := net.Dial("tcp", n.diameterAt[0].at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	exchange(t, tcp, goldenCER)

	served := slices.ContainsFunc(n.diameterAt, func(d openDoor) bool { return d.transport == "sctp" })
	said := told.FilterMessage("Diameter over SCTP is not served").Len()
	if n.listening(&c)["tcp"] != 1 || n.listening(&c)["sctp"] == 1 != served {
		t.Errorf("the metric says %v", n.listening(&c))
	}
	if served == (said == 1) || said > 1 {
		t.Errorf("SCTP is served: %v; %d lines say it is not", served, said)
	}
	if served {
		return
	}
	c.Store.Data, c.Diameter.Listen = t.TempDir(), nil
	if alone, err := start(c, zap.NewNop(), zap.NewAtomicLevel()); err == nil {
		t.Error("a node with no other door started")
		if err := alone.stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
