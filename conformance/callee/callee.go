package callee

import (
	"net"
	"testing"
)

// Serve listens on a free port of loopback until the test ends. It runs serve for
// each connection, and closes that behind it. It returns HOST:PORT.
func Serve(t testing.TB, serve func(net.Conn)) (target string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}
