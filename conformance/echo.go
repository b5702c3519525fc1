package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"paperweight/conformance/load"
	"paperweight/conformance/mme"
)

// echoCommand is the echo's side of withEcho. It is a process of its own, as
// the register is: in one process with the client, it would be spared the
// switches between the two.
func echoCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "echo",
		Short:  "Be the echo server: read the answer to repeat in hex, print the address, serve until the input ends",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			// An interrupt at the keyboard is for who started us: it ends
			// its own measurement first.
			signal.Ignore(os.Interrupt)
			in := bufio.NewReader(c.InOrStdin())
			line, err := in.ReadString('\n')
			if err != nil {
				return err
			}
			answer, err := hex.DecodeString(strings.TrimSpace(line))
			if err != nil {
				return err
			}
			e, err := load.NewEcho(answer)
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			served := make(chan error, 1)
			go func() { served <- e.Serve(l) }()
			if _, err := fmt.Fprintln(c.OutOrStdout(), l.Addr()); err != nil {
				return err
			}
			// The input ends with the process that started us, however it
			// ends: no echo is left behind.
			if _, err := io.Copy(io.Discard, in); err != nil {
				return err
			}
			l.Close()
			if err := <-served; !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		},
	}
}

// withEcho runs use while an echo server listens on address, in a process of
// its own. It repeats answer; nil is the answer of permitted equipment.
func withEcho(answer []byte, use func(address string) error) (err error) {
	if answer == nil {
		answer = mme.AppendECA(nil, mme.Peer{Host: "eir.epc.example.org", Realm: "epc.example.org"},
			"load-1.epc.example.org;1700000000;14.0;00000000000000")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "echo")
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, in.Close(), child.Wait())
	}()
	if _, err := fmt.Fprintf(in, "%x\n", answer); err != nil {
		return err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the echo server did not start: %w", err)
	}
	return use(strings.TrimSpace(address))
}
