package interop

import (
	"net/http"
	"os/exec"
	"testing"
)

// The laboratory's names, as the program's default has them.
const (
	eirHost = "eir.epc.example.org"
	mmeHost = "mme.epc.example.org"
	draHost = "dra.epc.example.org"
	realm   = "epc.example.org"
)

// node is a register on ports and data of its own.
type node struct {
	*process
	port  int
	admin string
}

func startNode(t *testing.T, flags ...string) *node {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	port, admin := freePort(t), freePort(t)
	n := &node{port: port, admin: "http://" + loopback(admin)}
	n.process = start(t, path, append([]string{"serve", "--data", t.TempDir(),
		"--diameter-listen", loopback(port), "--admin-listen", loopback(admin)}, flags...)...)
	until(t, "the register is ready", func() bool {
		if n.ended() {
			t.Fatalf("the register ended: %v", n.err)
		}
		r, err := http.Get(n.admin + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return n
}

// list has the operator list equipment, by the command that operators use.
func (n *node) list(t *testing.T, status, target string) {
	t.Helper()
	out, err := exec.Command(n.Path, "list", "add", "--admin", n.admin,
		"--status", status, "--reason", "interop", target).CombinedOutput()
	if err != nil {
		t.Fatalf("list add %s %s: %v\n%s", status, target, err, out)
	}
}
