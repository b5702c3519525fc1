package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// relay is freeDiameterd between the client and the register. It knows no
// S13: it relays by realm and host, without any dictionary of it.
type relay struct {
	*process
	port int
}

// startRelay returns once the relay and the register are open peers.
//
// The client's entry lets its connection in (this daemon admits no peer that
// it was not told of); port 1 answers the relay's own attempts with a refusal.
func startRelay(t *testing.T, registerPort int) *relay {
	t.Helper()
	r := &relay{port: freePort(t)}
	conf := filepath.Join(t.TempDir(), "freeDiameter.conf")
	text := fmt.Sprintf(`Identity = %q;
Realm = %q;
Port = %d;
SecPort = 0;
No_SCTP;
No_IPv6;
# The least that RFC 3539 allows for Tw, so that a watchdog is seen soon.
TwTimer = 6;
ConnectPeer = %q { ConnectTo = "127.0.0.1"; No_TLS; Port = %d; };
ConnectPeer = %q { ConnectTo = "127.0.0.1"; No_TLS; Port = 1; };
`, draHost, realm, r.port, eirHost, registerPort, mmeHost)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.process = start(t, "freeDiameterd", "-c", conf)
	r.says(t, "'STATE_WAITCEA'\t-> 'STATE_OPEN'\t'"+eirHost+"'")
	return r
}
