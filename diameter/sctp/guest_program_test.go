//go:build sctpguest

package sctp_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"paperweight/diameter/wire"
)

// program is the real paperweight that serves SCTP.
type program struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan error
	log   bytes.Buffer // whole once it has ended
}

const programAt = "127.0.0.1:3868"

// startProgram returns once it is ready. Its configuration is a laboratory's.
func startProgram(t testing.TB, dir, configuration string) *program {
	t.Helper()
	file := filepath.Join(dir, "node.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, ended: make(chan error, 1)}
	p.cmd = exec.Command("/bin/paperweight", "serve", "--config", file, "--data", filepath.Join(dir, "data"),
		"--sctp-listen", programAt+",127.0.0.2:3868")
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.log.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "\tready\t") {
				ready <- true
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	select {
	case <-ready:
	case err := <-p.ended:
		t.Fatalf("paperweight serve: %v\n%s", err, p.log.String())
	}
	return p
}

// stop sends SIGTERM and wants an orderly end.
func (p *program) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if err := await(p.t, p.ended); err != nil {
		p.t.Errorf("paperweight serve: %v\n%s", err, p.log.String())
	}
}

// command runs one of the programs and shows what it says.
func command(t testing.TB, name string, args ...string) error {
	t.Helper()
	t.Logf("%s %s", name, strings.Join(args, " "))
	out, err := exec.Command("/bin/"+name, args...).CombinedOutput()
	t.Logf("%s", out)
	return err
}

// declare completes a subject's file.
func declare(t testing.TB, file, what, as string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(text, []byte(what)) {
		t.Fatalf("%s has no %q (%v)", file, what, err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(what), []byte(as), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The program itself, both addresses, and a stop in order.
func TestProgram(t *testing.T) {
	p := startProgram(t, t.TempDir(), "log: {level: debug}\n")
	for i, at := range addresses(programAt, "127.0.0.2:3868") {
		// Another peer each: the first may not be gone yet.
		host := []string{"mme.epc.example.org", "mme2.epc.example.org"}[i]
		c := dial(t, at)
		if list := joined(hostAddresses(c.exchange(host))); list != " 127.0.0.1  127.0.0.2 " {
			t.Errorf("the CEA lists%s", list)
		}
		c.send(unhex(t, goldenECR))
		if got := c.answer(wire.MEIdentityCheck); !bytes.Equal(got, unhex(t, goldenUnknownECA)) {
			t.Errorf("ECA %x", got)
		}
		c.send(disconnect(host))
		c.answer(wire.DisconnectPeer)
		c.file.Close()
	}
	p.stop()
	if log := p.log.String(); !strings.Contains(log, `"addresses": ["127.0.0.1:3868", "127.0.0.2:3868"]`) {
		t.Errorf("the log does not say where it listens:\n%s", log)
	}
}

// The conformance suite and its load generator over SCTP, as programs: each has
// a transport of its own.
func TestConformance(t *testing.T) {
	dir := t.TempDir()
	if err := command(t, "conformance", "subject", "--init", "--dir", dir); err != nil {
		t.Fatal(err)
	}
	subject := filepath.Join(dir, "subject.yaml")
	declare(t, subject, "cer_timeout: 0s", "cer_timeout: 2s")
	declare(t, subject, "max_message: 0", "max_message: 65536")
	p := startProgram(t, dir, "diameter: {max_connections: 1000, cer_timeout: 2s}\n")
	if err := command(t, "paperweight", "import", filepath.Join(dir, "paperweight.csv")); err != nil {
		t.Error(err)
	}
	if err := command(t, "conformance", "run", "--transport", "sctp", "--target", programAt, "--subject", subject, "--strict"); err != nil {
		t.Error(err)
	}
	for _, transport := range []string{"tcp", "sctp"} {
		for _, how := range [][]string{{"--outstanding", "16", "--duration", "2s"}, {"--rate", "200", "--step", "2s", "--allow", "lag"}} {
			if err := command(t, "conformance", append([]string{"load", "--transport", transport, "--target", programAt, "--connections", "2"}, how...)...); err != nil {
				t.Error(err)
			}
		}
	}
	p.stop()
}
