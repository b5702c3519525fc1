package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

func address(key, s string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return a, &KeyError{key, fmt.Sprintf("%q is not IP:PORT, as 127.0.0.1:3868 or [::1]:3868", s)}
	}
	// An address of IPv4 is one in either form.
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
}

// identity checks a DiameterIdentity (RFC 6733 4.3.1): a domain name, so that
// what is sent to every peer is one.
func identity(key, s string) error {
	legal := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
	}
	switch {
	case s == "":
		return &KeyError{key, "a domain name is needed"}
	case len(s) > 255:
		return &KeyError{key, "a domain name has at most 255 octets"}
	case strings.ContainsFunc(s, func(r rune) bool { return !legal(r) }):
		return &KeyError{key, fmt.Sprintf("%q is no domain name", s)}
	// Names are compared octet by octet, and peers write theirs without a dot
	// at the end.
	case slices.Contains(strings.Split(s, "."), ""):
		return &KeyError{key, fmt.Sprintf("%q has a dot too many", s)}
	}
	return nil
}

func atLeast(key string, value, min time.Duration) error {
	if value < min {
		return &KeyError{key, fmt.Sprintf("%s is less than %s", value, min)}
	}
	return nil
}
