package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/conformance/load"
)

// The echo is this program again: under test, the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "echo" {
		main()
		return
	}
	os.Exit(m.Run())
}

func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := command()
	c.SetArgs(args)
	c.SetOut(&out)
	err := c.Execute()
	return out.String(), err
}

func TestLoadEchoAlone(t *testing.T) {
	out, err := run("load", "--echo", "--duration", "20ms", "--connections", "1", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var r load.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Connections != 1 || r.Outcomes["permitted"] != r.Checks {
		t.Errorf("%+v", r)
	}
}

func TestLoadAgainstEcho(t *testing.T) {
	imeis := filepath.Join(t.TempDir(), "imeis.csv")
	if err := os.WriteFile(imeis, []byte("imei\n00100100000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := withEcho(nil, func(target string) error {
		out, err := run("load", "--target", target, "--echo", "--rounds", "2", "--duration", "20ms", "--imei-file", imeis)
		if strings.Count(out, "| ratio ") != 2 || !strings.Contains(out, "(median of 2)") {
			t.Errorf("output:\n%s", out)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadNeedsSomethingToMeasure(t *testing.T) {
	if _, err := run("load"); err == nil || !strings.Contains(err.Error(), "--target") {
		t.Errorf("got %v, want an error that names --target", err)
	}
}
