package config

import (
	_ "embed"
	"time"

	"paperweight/diameter"
	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/sctp"
	"paperweight/eir"
	"paperweight/store/intake"
)

// DefaultYAML is Default as a file with comments: what `paperweight config`
// prints. A test holds the two together.
//
//go:embed default.yaml
var DefaultYAML []byte

// Default is a laboratory on one machine: any peer on loopback may join, and
// the data is kept in the working directory.
func Default() Config {
	return Config{
		Node: Node{
			OriginHost:  "eir.epc.example.org",
			OriginRealm: "epc.example.org",
			// Under the 30 s that container platforms wait before they kill.
			ShutdownWithin: 20 * time.Second,
		},
		Diameter: Diameter{
			// 3868 is the port of RFC 6733 2.1.
			Listen:         []string{"127.0.0.1:3868"},
			MaxConnections: diameter.DefaultMaxConns,
			MaxMessage:     diameter.DefaultMaxMessage,
			CERTimeout:     diameter.DefaultCERTimeout,
			// RFC 3539 3.4.1 recommends 30 s.
			Watchdog:        peer.DefaultTw,
			WriteTimeout:    diameter.DefaultWriteTimeout,
			CloseTimeout:    diameter.DefaultCloseTimeout,
			SCTP:            SCTP{RTOMin: sctp.DefaultRTOMin, RTOMax: sctp.DefaultRTOMax, Heartbeat: sctp.DefaultHeartbeat},
			DefaultPriority: s13.DefaultPriority,
			MaxBacklog:      diameter.DefaultMaxBacklog,
			TLS: TLS{
				HandshakeTimeout: diameter.DefaultHandshakeTimeout, MaxHandshakes: diameter.DefaultMaxHandshakes,
			},
		},
		Admin: Admin{
			Listen: "127.0.0.1:9313",
			// A hundred million lines, compressed.
			MaxUpload: 2 << 30,
		},
		Store:  Store{Data: "./paperweight-data", CacheBytes: 64 << 20},
		Policy: Policy{Profile: "specific-first", Policy: eir.DefaultPolicy()},
		Import: intake.DefaultLimits(),
		Log:    Log{Level: "info", Format: "console"},
	}
}
