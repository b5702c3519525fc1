package sctp_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"paperweight/diameter/sctp"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	at := func(list ...string) (addrs []netip.AddrPort) {
		for _, s := range list {
			addrs = append(addrs, netip.MustParseAddrPort(s))
		}
		return addrs
	}
	for _, c := range []struct {
		config sctp.Config
		want   string
	}{
		{sctp.Config{Addresses: at("10.0.0.1:3868", "[2001:db8::1]:3868")}, ""},
		{sctp.Config{Addresses: at("0.0.0.0:3868"), RTOMin: time.Second}, ""},
		{sctp.Config{}, "at least one IP:PORT"},
		{sctp.Config{Addresses: at("10.0.0.1:3868", "10.0.1.1:3869")}, "have one port"},
		{sctp.Config{Addresses: at("0.0.0.0:3868", "10.0.1.1:3868")}, "every address already"},
		{sctp.Config{Addresses: at("10.0.0.1:3868", "10.0.0.1:3868")}, "twice"},
		{sctp.Config{Addresses: at("10.0.0.1:3868", "[::ffff:10.0.0.1]:3868")}, "twice"},
		{sctp.Config{Addresses: make([]netip.AddrPort, 1)}, "not valid"},
		{sctp.Config{Addresses: at("10.0.0.1:3868"), RTOMin: time.Millisecond}, "use 10ms to 1m"},
		{sctp.Config{Addresses: at("10.0.0.1:3868"), RTOMin: 3 * time.Second}, "less than the least"},
		{sctp.Config{Addresses: at("10.0.0.1:3868"), Heartbeat: time.Millisecond}, "heartbeat"},
	} {
		switch err := c.config.Validate(); {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.config, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}

// On a kernel with SCTP it listens, on one without it says what to do.
func TestListenOnThisKernel(t *testing.T) {
	l, err := sctp.Listen(sctp.Config{Addresses: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}})
	switch {
	case err == nil:
		if a := l.Addr().String(); !strings.HasPrefix(a, "127.0.0.1:") || strings.HasSuffix(a, ":0") {
			t.Errorf("listens on %s", a)
		}
		l.Close()
	case !errors.Is(err, sctp.ErrUnsupported):
		t.Error(err)
	}
}
