package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every wait of a script: it is reached by failures alone.
const patience = 30 * time.Second

// scriptNode is the node of a script; its log is node.log.
type scriptNode struct {
	command *exec.Cmd
	log     string
	ended   chan struct{} // closed when the process has
}

func setupNode(env *testscript.Env) error {
	n := &scriptNode{log: filepath.Join(env.WorkDir, "node.log")}
	env.Values["node"], env.Values["site"], env.Values["fifos"] = n, &scriptSite{}, map[string]*os.File{}
	// The race detector makes each process of a script last a second longer.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Defer(func() {
		if n.command != nil {
			_ = n.command.Process.Kill()
			<-n.ended
		}
	})
	return nil
}

var signals = map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP}

// nodeCommand runs a node on free ports and $WORK/data:
//
//	node start FLAGS...   until it is ready; sets $DIAMETER, $ADMIN, and $TLS
//	                      where it serves that
//	node signal NAME      TERM, INT or HUP
//	node insist NAME      signals it again and again, until its end
//	node storm            200 HUPs, a TERM and 20 HUPs
//	node end STATUS       waits for its end
func nodeCommand(ts *testscript.TestScript, neg bool, args []string) {
	n := ts.Value("node").(*scriptNode)
	switch {
	case neg || len(args) == 0:
		ts.Fatalf("usage: node start|signal|insist|storm|end")
	case args[0] == "start":
		n.start(ts, args[1:])
	case args[0] == "signal":
		ts.Check(n.command.Process.Signal(signals[args[1]]))
	case args[0] == "insist":
		for again := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-again.C:
				_ = n.command.Process.Signal(signals[args[1]]) // it may just have ended
			case <-n.ended:
				again.Stop()
				return
			}
		}
	case args[0] == "storm":
		for i := range 221 {
			next := syscall.SIGHUP
			if i == 200 {
				next = syscall.SIGTERM
			}
			_ = n.command.Process.Signal(next) // it may have ended
			// The kernel makes one of those that it has not delivered yet.
			time.Sleep(100 * time.Microsecond)
		}
	case args[0] == "end":
		select {
		case <-n.ended:
		case <-time.After(patience):
			ts.Fatalf("the node did not end")
		}
		if got := strconv.Itoa(n.command.ProcessState.ExitCode()); got != args[1] {
			ts.Fatalf("the node ended with status %s, want %s: %s", got, args[1], ts.ReadFile(n.log))
		}
	}
}

func (n *scriptNode) start(ts *testscript.TestScript, flags []string) {
	log, err := os.Create(n.log)
	ts.Check(err)
	defer log.Close()
	n.command = exec.Command("paperweight", append([]string{"serve", "--data", ts.MkAbs("data"),
		"--diameter-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}, flags...)...)
	n.command.Env = append(os.Environ(), "GORACE="+ts.Getenv("GORACE"))
	n.command.Dir, n.command.Stderr = ts.MkAbs("."), log
	ts.Check(n.command.Start())
	n.ended = make(chan struct{})
	go func() {
		_ = n.command.Wait()
		close(n.ended)
	}()
	n.await(ts, `ready\t`)
	ts.Setenv("DIAMETER", n.await(ts, `listening for Diameter\t.*"address": "([^"]+)"`))
	if m := regexp.MustCompile(`"address": "([^"]+)", "transport": "tls"`).FindStringSubmatch(ts.ReadFile(n.log)); m != nil {
		ts.Setenv("TLS", m[1])
	}
	ts.Setenv("ADMIN", n.await(ts, `listening for the operator\t.*"url": "([^"]+)"`))
}

// await returns the first group of what the log says once it says it.
func (n *scriptNode) await(ts *testscript.TestScript, pattern string) string {
	words := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text := ts.ReadFile(n.log)
		if m := words.FindStringSubmatch(text); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-n.ended:
			if text == ts.ReadFile(n.log) {
				ts.Fatalf("the node ended and did not say %q: %s", pattern, text)
			}
		default:
		}
	}
	ts.Fatalf("the node does not say %q: %s", pattern, ts.ReadFile(n.log))
	return ""
}

// await waits until the node's log matches: await REGEXP.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await REGEXP")
	}
	ts.Value("node").(*scriptNode).await(ts, args[0])
}

// mute joins the node as a peer that says nothing more, not even a DPA.
func mute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: mute")
	}
	conn, err := net.Dial("tcp", ts.Getenv("DIAMETER"))
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	m := diam.NewRequest(diam.CapabilitiesExchange, 0, nil)
	for _, a := range []*diam.AVP{
		diam.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("mute.example.org")),
		diam.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity("example.org")),
		diam.NewAVP(avp.HostIPAddress, avp.Mbit, 0, datatype.Address(net.IPv4(127, 0, 0, 1))),
		diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(10415)),
		diam.NewAVP(avp.ProductName, 0, 0, datatype.UTF8String("mute")),
		diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(diam.TGPP_S13_APP_ID)),
	} {
		m.AddAVP(a)
	}
	_, err = m.WriteTo(conn)
	ts.Check(err)
	_, err = diam.ReadMessage(conn, dict.Default)
	ts.Check(err)
}
