package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"paperweight/gateway/admin"
	"paperweight/store/intake"
)

// The exit statuses of every command; check has more of its own.
const (
	exitFailed = 1
	exitUsage  = 2
	exitHeld   = 3
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes a command line and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer restore()
	// The first signal asks a command to stop; the second does not ask.
	context.AfterFunc(ctx, restore)
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	var status *statusError
	var usage *usageError
	var held *intake.Held
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		if status.error != nil {
			fmt.Fprintln(stderr, "paperweight:", status.error)
		}
		return status.code
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "paperweight: %v\n  `%s --help` says how it is used\n", err, command.CommandPath())
		return exitUsage
	case errors.As(err, &held):
		fmt.Fprintln(stderr, "paperweight:", err)
		return exitHeld
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		// What a node was asked for it may have done.
		if unanswered := (*admin.Unanswered)(nil); !errors.As(err, &unanswered) {
			err = fmt.Errorf("interrupted (%w): what was under way was given up, and nothing of it is in force or published", context.Cause(ctx))
		}
	}
	fmt.Fprintln(stderr, "paperweight:", err)
	return exitFailed
}

// statusError ends the program with a status of its own; error may be nil.
type statusError struct {
	code int
	error
}

func (e *statusError) Unwrap() error { return e.error }

// usageError is a command line that can't be.
type usageError struct{ error }
