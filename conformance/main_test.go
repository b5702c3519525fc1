package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
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
	c.SetErr(io.Discard)
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

func TestLoadOpen(t *testing.T) {
	dir := t.TempDir()
	listed, plot := filepath.Join(dir, "listed=.txt"), filepath.Join(dir, "plot.html")
	if err := os.WriteFile(listed, []byte("00100100000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"load", "--echo", "--rate", "2000,4000", "--step", "50ms", "--ramp", "20ms", "--json", "--plot", plot,
		"--priority", "0=1,none=3", "--host", "mme{0n}.{realm}", "--allow", "lag", "--mix",
	}
	out, err := run(append(args, listed+"=1:permitted")...)
	if err != nil {
		t.Fatal(err)
	}
	var r load.OpenResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if c := r.Total(); len(r.Steps) != 4 || c.Good != c.Due || c.Due != 20+100+60+200 {
		t.Errorf("%+v", r)
	}
	if b, err := os.ReadFile(plot); err != nil || !strings.Contains(string(b), "</svg>") {
		t.Errorf("the plot: %v, %.100s", err, b)
	}

	// What was measured and is bad is another failure than a wrong use.
	out, err = run(append(args, listed+"=1:prohibited")...)
	var f *failure
	if !errors.As(err, &f) || !strings.Contains(err.Error(), "wrong 380") || !strings.Contains(out, `"steps"`) {
		t.Errorf("got %v, want a failure with what was wrong, and the result", err)
	}
	args = append(args, listed+"=1:prohibited", "--allow", "wrong")
	if _, err = run(args...); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

// stopper stops at the first line of progress that has figures.
type stopper func()

func (stop stopper) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("goodput")) {
		stop()
	}
	return len(b), nil
}

// Who is stopped says so by its status, and prints what was measured.
func TestLoadStops(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "plot.html")
	for allow, want := range map[string]int{"lag": 3, "lag,stopped": 0} {
		ctx, stop := context.WithCancel(t.Context())
		var out bytes.Buffer
		c := command()
		c.SetArgs([]string{"load", "--echo", "--rate", "1000", "--step", "1h", "--plot", plot, "--allow", allow})
		c.SetOut(&out)
		c.SetErr(stopper(stop))
		err := c.ExecuteContext(ctx)
		status := 0
		if f := (*failure)(nil); errors.As(err, &f) {
			status = f.status
		} else if err != nil {
			t.Fatal(err)
		}
		if status != want || !strings.Contains(out.String(), "stopped before the last step was over") {
			t.Errorf("--allow %s: status %d, %v, want %d; printed\n%s", allow, status, err, want, out.String())
		}
		if b, err := os.ReadFile(plot); err != nil || !bytes.Contains(b, []byte("</html>")) {
			t.Errorf("the plot: %v, %.100s", err, b)
		}
	}
}

// A run that comes to nothing takes no drawing away, and leaves no empty one.
func TestLoadKeepsThePlot(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "plot.html")
	args := []string{"load", "--target", "127.0.0.1:1", "--rate", "1", "--plot", plot}
	if _, err := run(args...); err == nil {
		t.Fatal("a target that is not there was measured")
	}
	if _, err := os.Stat(plot); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v; want no file", err)
	}
	before := strings.Repeat("before ", 100_000)
	if err := os.WriteFile(plot, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(args...); err == nil {
		t.Fatal("a target that is not there was measured")
	}
	if b, err := os.ReadFile(plot); err != nil || string(b) != before {
		t.Errorf("%v, %d octets are left of %d", err, len(b), len(before))
	}
	if _, err := run("load", "--echo", "--rate", "100", "--step", "20ms", "--allow", "lag", "--plot", plot); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(plot); err != nil || !bytes.HasSuffix(b, []byte("</html>\n")) {
		t.Errorf("%v, the new one does not end where it should: %d octets", err, len(b))
	}
}

func TestLoadRefuses(t *testing.T) {
	for want, args := range map[string]string{
		"--rate: \"x\"":          "--echo --rate x",
		"--rate: \"0\"":          "--echo --rate 1,0",
		"not both":               "--echo --target 127.0.0.1:1 --rate 1",
		"name a --target":        "--rate 1",
		"--outstanding is of":    "--echo --rate 1 --outstanding 2",
		"--allow all":            "--echo --rate 1 --allow all",
		"--priority: \"high=1\"": "--echo --rate 1 --priority high=1",
		"--priority: \"-1=1\"":   "--echo --rate 1 --priority -1=1",
		"priority 16":            "--echo --rate 1 --priority 16=1",
		"--mix: \"f\"":           "--echo --rate 1 --mix f",
		"no such file":           "--echo --rate 1 --mix nowhere=1",
		"one too many":           "--echo --rate 1 --mix f=1 --imei-file f",
		"transport \"udp\"":      "--echo --rate 1 --transport udp",
		"{n} is needed":          "--echo --rate 1 --host mme.example.org",
		"a rate and a time":      "--echo --rate 1 --step 0s",
		"--plot":                 "--echo --rate 1 --plot nowhere/plot.html",
		"certificates belong":    "--echo --tls-ca f",
		"timeout: a millisecond": "--echo --rate 1 --timeout 1us",
		"deadline 2s: ":          "--echo --rate 1 --timeout 1s --deadline 2s",
		"--deadline 0s":          "--echo --rate 1 --deadline 0s",
		"--timeout -1s":          "--echo --rate 1 --timeout -1s",
		"--tick 0s":              "--echo --rate 1 --tick 0s",
		"--rate: \"-5\"":         "--echo --rate -5",
		"--rate: \"NaN\"":        "--echo --rate NaN",
		"--rate: \"1e9\"":        "--echo --rate 1e9",
		"may wait at once":       "--echo --rate 1e8",
		"10000h0m0s at most":     "--echo --rate 1 --step 20000h",
		"connection refused":     "--target 127.0.0.1:1 --rate 1",
	} {
		_, err := run(append([]string{"load"}, strings.Fields(args)...)...)
		var f *failure
		if err == nil || !strings.Contains(err.Error(), want) || errors.As(err, &f) {
			t.Errorf("%s: got %v, want an error with %q", args, err, want)
		}
	}
}
