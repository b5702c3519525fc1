package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// softHSM is the module of Debian's package softhsm2.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// token is an HSM in a directory, with an authority that knows no other keys.
type token struct {
	t       *testing.T
	dir     string
	program string
}

func newToken(t *testing.T) *token {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	k := &token{t, t.TempDir(), path}
	conf := filepath.Join(k.dir, "softhsm2.conf")
	k.write("softhsm2.conf", "directories.tokendir = "+k.dir+"\n")
	t.Setenv("SOFTHSM2_CONF", conf)
	k.write("pin", "1234\n")
	k.run("softhsm2-util", "--init-token", "--free", "--label", "feed", "--pin", "1234", "--so-pin", "5678")
	return k
}

func (k *token) write(name, text string) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// run runs a command in the directory, which must end well.
func (k *token) run(name string, args ...string) string {
	k.t.Helper()
	out, err := k.try(name, args...)
	if err != nil {
		k.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

func (k *token) try(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir = k.dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// feed runs a command of the feed, which must end well.
func (k *token) feed(args ...string) string {
	k.t.Helper()
	return k.run(k.program, append([]string{"feed"}, args...)...)
}

// make makes a key in the token and puts its public half where it is wanted.
func (k *token) make(name, kind, public string) {
	k.t.Helper()
	k.run("pkcs11-tool", "--module", softHSM, "--token-label", "feed", "--login", "--pin", "1234",
		"--keypairgen", "--key-type", kind, "--label", name, "--id", fmt.Sprintf("%x", name))
	c := exec.Command(k.program, "feed", "key", "--pem", k.uri(name))
	pem, err := c.Output()
	if err != nil {
		k.t.Fatalf("feed key: %v", err)
	}
	k.write(public, string(pem))
}

func (k *token) uri(name string) string {
	return "pkcs11:token=feed;object=" + name + "?module-path=" + softHSM + "&pin-source=file:" + filepath.Join(k.dir, "pin")
}

// keys are --key flags.
func (k *token) keys(names ...string) []string {
	var flags []string
	for _, name := range names {
		flags = append(flags, "--key", k.uri(name))
	}
	return flags
}

// An authority all of whose keys lie in an HSM, of every kind that a feed
// takes: what they sign a node follows, through a rotation as well.
func TestKeysInAnHSM(t *testing.T) {
	gate(t, "softhsm2-util", "pkcs11-tool")
	k := newToken(t)
	k.feed("init", "--dir", "authority")
	kinds := []string{"rsa:2048", "EC:edwards25519", "EC:prime256v1"}
	for i, name := range []string{"root-1", "root-2", "root-3", "targets-1", "targets-2", "snapshots-1", "snapshots-2", "deltas-1", "snapshot-1", "timestamp-1"} {
		k.make(name, kinds[i%len(kinds)], "authority/ceremony/"+name+".pub")
	}
	k.feed("init", "--dir", "authority")
	online := k.keys("deltas-1", "snapshot-1", "timestamp-1")
	publish := func(more ...string) string {
		t.Helper()
		return k.feed(append(append([]string{"publish", "--dir", "authority"}, online...), more...)...)
	}

	// Each custodian signs with his own key, and one is not enough.
	custodian := func(name string) {
		t.Helper()
		k.feed(append([]string{"sign", "--dir", "authority"}, k.keys(name)...)...)
	}
	for _, name := range []string{"root-1", "targets-1", "targets-2", "snapshots-1", "snapshots-2"} {
		custodian(name)
	}
	if out, err := k.try(k.program, append([]string{"feed", "publish", "--dir", "authority"}, online...)...); err == nil || !strings.Contains(out, "signatures are missing of root (1 more)") {
		t.Fatalf("one of two custodians: %v\n%s", err, out)
	}
	custodian("root-2")
	publish()

	k.write("list.csv", "imei\n00440100000001\n")
	first := append([]string{"--from", "list.csv", "--format", "barred"}, k.keys("snapshots-1", "snapshots-2")...)
	publish(first...)
	n := startNode(t, "--feed", "file://"+k.dir+"/authority/public", "--feed-root", k.dir+"/authority/public/root.json")
	n.says(t, `"sequence": 1`)
	check := func(imei string) int {
		c := exec.Command(n.Path, "check", "--target", loopback(n.port), imei)
		_ = c.Run() // its status is the verdict
		return c.ProcessState.ExitCode()
	}
	if got := check("00440100000001"); got != 10 {
		t.Errorf("the listed phone: exit status %d, want 10 (prohibited)", got)
	}

	// Another key for the deltas, of another kind; a new root key; new dates.
	k.make("deltas-2", "EC:edwards25519", "deltas-2.pub")
	k.make("root-4", "EC:prime256v1", "root-4.pub")
	id := func(public string) string { return strings.Fields(k.feed("key", public))[0] }
	k.feed(append([]string{"rotate", "--dir", "authority", "deltas", "--in", "deltas-2.pub", "--out", id("authority/ceremony/deltas-1.pub")},
		k.keys("targets-1", "targets-2", "deltas-2", "snapshot-1", "timestamp-1")...)...)
	online = k.keys("deltas-2", "snapshot-1", "timestamp-1")
	k.feed(append([]string{"rotate", "--dir", "authority", "root", "--in", "root-4.pub", "--out", id("authority/ceremony/root-1.pub")},
		append(online, k.keys("root-1", "root-2", "root-4")...)...)...)
	k.feed(append([]string{"renew", "--dir", "authority", "snapshots"}, append(online, k.keys("snapshots-1", "snapshots-2")...)...)...)
	k.write("list.csv", "imei\n00440100000001\n00440100000002\n")
	publish("--from", "list.csv", "--format", "barred")
	n.says(t, `"sequence": 2`)
	if got := check("00440100000002"); got != 10 {
		t.Errorf("the phone that came with the new key: exit status %d, want 10 (prohibited)", got)
	}
	n.stop(t, syscall.SIGTERM)

	// What goes wrong says so.
	k.write("pin", "4321\n")
	if out, err := k.try(k.program, "feed", "key", k.uri("root-2")); err == nil || !strings.Contains(out, "the PIN is wrong") || strings.Contains(out, "4321") {
		t.Errorf("a wrong PIN: %v\n%s", err, out)
	}
	k.write("pin", "1234")
	if out, err := k.try(k.program, "feed", "key", k.uri("root-9")); err == nil || !strings.Contains(out, "no such private key") {
		t.Errorf("a key that is not there: %v\n%s", err, out)
	}
}
