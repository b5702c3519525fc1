package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// CheckListen refuses an address off loopback.
func CheckListen(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("admin: %q is not IP:PORT", address)
	}
	if !a.Addr().IsLoopback() {
		return fmt.Errorf("admin: %s is not a loopback address, and the admin port has no authentication: use 127.0.0.1:9313", address)
	}
	return nil
}

// guard lets through what comes from this machine and from no web page.
func guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusForbidden, &Refusal{Message: "a request from another origin is refused"})
	}))
	inner := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// DNS rebinding: a page of evil.example whose name now points to
		// 127.0.0.1 is of the same origin to a browser; its Host gives it away.
		if !loopbackHost(r.Host) {
			answer(w, http.StatusForbidden, &Refusal{
				Message: fmt.Sprintf("the Host %q is not this machine's loopback", r.Host),
				Hint:    "use http://127.0.0.1 or http://localhost and the port"})
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
