package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// fifo makes a file of which whoever reads it waits, as on a disk that hangs:
//
//	fifo make FILE         in its place
//	fifo read FILE         waits until it is read
//	fifo write FILE TEXT   gives the reader what the file TEXT holds
func fifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fifo make|read|write FILE [TEXT]")
	}
	path := ts.MkAbs(args[1])
	writers := ts.Value("fifos").(map[string]*os.File)
	switch args[0] {
	case "make":
		_ = os.Remove(path) // it need not be there
		ts.Check(syscall.Mkfifo(path, 0o600))
	case "read":
		for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			if err == nil {
				ts.Defer(func() { f.Close() })
				writers[path] = f
				return
			}
			if !errors.Is(err, syscall.ENXIO) || time.Now().After(end) {
				ts.Fatalf("nobody reads it: %v", err)
			}
		}
	case "write":
		_, err := writers[path].WriteString(ts.ReadFile(args[2]))
		ts.Check(err)
		ts.Check(writers[path].Close())
	}
}
