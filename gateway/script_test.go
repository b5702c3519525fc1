package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"paperweight": main})
}

// TestScripts runs testdata/*.txt, each in a directory of its own, against
// the program as users meet it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setupNode,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "get": get, "node": nodeCommand, "await": await, "mute": mute,
			"site": site, "hangup": hangup, "eventually": eventually, "inplace": inplace, "numbers": numbers, "capture": capture,
			"fifo": fifo, "keypair": keypair, "certificate": certificate, "fromfuture": fromfuture, "rmglob": rmglob,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits runs a command that must end with a status: exits STATUS COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND...")
	}
	if got := status(ts, args[1:]); got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

// status runs a command and returns what it ended with.
func status(ts *testscript.TestScript, command []string) string {
	err := ts.Exec(command[0], command[1:]...)
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return strconv.Itoa(failed.ExitCode())
	case err != nil:
		ts.Fatalf("%v", err)
	}
	return "0"
}

// get prints what a GET is answered, which must have a status: get STATUS URL.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get STATUS URL")
	}
	r, err := http.Get(args[1])
	if err != nil {
		ts.Fatalf("%v", err)
	}
	defer r.Body.Close()
	if _, err := io.Copy(ts.Stdout(), r.Body); err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(r.StatusCode) != args[0] {
		ts.Fatalf("status %d, want %s", r.StatusCode, args[0])
	}
}

// rmglob removes what a pattern matches, one file at least: rmglob PATTERN.
func rmglob(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: rmglob PATTERN")
	}
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("nothing is %s", args[0])
	}
	for _, name := range names {
		ts.Check(os.Remove(name))
	}
}

// capture sets a variable to the first group of what the last command printed:
// capture NAME REGEXP.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no group of %s was printed", args[1])
	}
	ts.Setenv(args[0], m[1])
}
