package callee

import (
	"net"

	"paperweight/conformance/octets"
)

// success is DIAMETER_SUCCESS (RFC 6733 7.1.2).
const success = 2001

// Open serves a connection up to its CEA, which is of an Origin-Host, and then by
// next.
func Open(host string, next func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil {
			return
		}
		m, _ := octets.Parse(b[:n])
		_, _ = c.Write(octets.Message{Command: m.Command, HopByHop: m.HopByHop, EndToEnd: m.EndToEnd}.With(
			octets.Number(octets.ResultCode, success), octets.Text(octets.OriginHost, host), octets.Text(octets.OriginRealm, "test")).Bytes())
		next(c)
	}
}
