package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
)

// Validate reports the first value that can't be, as a *KeyError.
func (c *Config) Validate() error {
	for _, part := range []func() error{
		c.Node.validate, c.Diameter.validate, c.Admin.validate, c.validatePorts, c.Store.validate,
		c.Policy.validate, c.validateImport, c.validateFeeds, c.Log.validate,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	for i, p := range c.Diameter.Peers {
		if strings.EqualFold(p.Host, c.Node.OriginHost) {
			return &KeyError{fmt.Sprintf("diameter.peers[%d].host", i), p.Host + " is this node itself (node.origin_host)"}
		}
	}
	return nil
}

// Doubts are what is allowed here and yet most likely a mistake, in words for an
// operator.
func (c *Config) Doubts() []string {
	var doubts []string
	host, realm := strings.ToLower(c.Node.OriginHost), strings.ToLower(c.Node.OriginRealm)
	if !strings.HasSuffix(host, "."+realm) {
		doubts = append(doubts, fmt.Sprintf("node.origin_host %s is not in node.origin_realm %s: checks for any other realm are answered 3003", c.Node.OriginHost, c.Node.OriginRealm))
	}
	return doubts
}

func (n *Node) validate() error {
	if err := identity("node.origin_host", n.OriginHost); err != nil {
		return err
	}
	if err := identity("node.origin_realm", n.OriginRealm); err != nil {
		return err
	}
	return atLeast("node.shutdown_within", n.ShutdownWithin, time.Second)
}

func (a *Admin) validate() error {
	addr, err := address("admin.listen", a.Listen)
	switch {
	case err != nil:
		return err
	case !addr.Addr().IsLoopback():
		return &KeyError{"admin.listen", a.Listen + " is not a loopback address, and the admin port has no authentication: use 127.0.0.1:9313 and reach it over SSH or a proxy that authenticates"}
	case a.MaxUpload < 1:
		return &KeyError{"admin.max_upload", "it must be at least 1"}
	}
	return nil
}

// validatePorts holds the TCP listeners against each other: a second one on the
// same port would find it in use, by the first.
func (c *Config) validatePorts() error {
	type listener struct {
		key string
		at  netip.AddrPort
	}
	var all []listener
	for _, part := range []struct {
		key       string
		addresses []string
	}{{"admin.listen", []string{c.Admin.Listen}}, {"diameter.listen", c.Diameter.Listen}, {"diameter.tls.listen", c.Diameter.TLS.Listen}} {
		for _, s := range part.addresses {
			at, err := address(part.key, s)
			if err != nil {
				return err
			}
			// An unspecified address is every address, of IPv4 and IPv6.
			i := slices.IndexFunc(all, func(l listener) bool {
				same := l.at.Addr() == at.Addr() || l.at.Addr().IsUnspecified() || at.Addr().IsUnspecified()
				return same && l.at.Port() == at.Port() && at.Port() != 0
			})
			if i >= 0 {
				return &KeyError{part.key, fmt.Sprintf("%s is in use already, by %s of %s", at, all[i].at, all[i].key)}
			}
			all = append(all, listener{part.key, at})
		}
	}
	return nil
}

func (s *Store) validate() error {
	switch {
	case s.Data == "":
		return &KeyError{"store.data", "a directory is needed"}
	case s.CacheBytes < 1<<20:
		return &KeyError{"store.cache_bytes", "it must be at least 1048576, a MiB"}
	}
	return nil
}

func (p *Policy) validate() error {
	if err := p.Policy.Validate(); err != nil {
		key, reason, _ := strings.Cut(err.Error(), ": ")
		return &KeyError{key, reason}
	}
	return nil
}

func (c *Config) validateImport() error {
	if err := c.Import.Validate(); err != nil {
		key, reason, _ := strings.Cut(err.Error(), ": ")
		return &KeyError{"import." + key, reason}
	}
	return nil
}

func (l *Log) validate() error {
	if _, err := l.ZapLevel(); err != nil {
		return err
	}
	if l.Format != "json" && l.Format != "console" {
		return &KeyError{"log.format", fmt.Sprintf("%q is neither json nor console", l.Format)}
	}
	return nil
}

// ZapLevel is Level for the logger.
func (l *Log) ZapLevel() (zapcore.Level, error) {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level) {
		return 0, &KeyError{"log.level", fmt.Sprintf("%q is none of debug, info, warn, error", l.Level)}
	}
	return zapcore.ParseLevel(l.Level)
}
