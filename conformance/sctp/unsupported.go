//go:build !linux

package sctp

import (
	"context"
	"errors"
	"net"
)

// Dial says that there is no SCTP here.
func Dial(context.Context, string) (net.Conn, error) {
	return nil, errors.New("SCTP needs Linux")
}
