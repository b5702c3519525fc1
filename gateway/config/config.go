package config

import (
	"time"

	"paperweight/eir"
	"paperweight/store/intake"
)

// Config is everything that can be set. The keys of the YAML file are the
// names in the tags; Default has the values of keys that are left out.
type Config struct {
	// Node is who this register is.
	Node Node `yaml:"node"`
	// Diameter is the S13 door.
	Diameter Diameter `yaml:"diameter"`
	// Admin is the HTTP port for the operator and for Prometheus.
	Admin Admin `yaml:"admin"`
	// Store is where the lists are kept.
	Store Store `yaml:"store"`
	// Policy is what to answer. SIGHUP reloads it.
	Policy Policy `yaml:"policy"`
	// Import is when an import is held back until it is confirmed, and what
	// a file may cost. A list that stands in it by name must have all four
	// of its thresholds, since they belong together.
	Import intake.Limits `yaml:"import"`
	// Feeds are the signed feeds that the node follows, each with its own
	// list, root and guard. SIGHUP reloads them, but for their Spool.
	Feeds []Feed `yaml:"feeds"`
	// Log is what is logged, and how.
	Log Log `yaml:"log"`
}

// Node is who this register is (RFC 6733 6.3, 6.4).
type Node struct {
	// OriginHost is its name among Diameter peers, a fully qualified domain
	// name; a peer that sends a Destination-Host must use it.
	OriginHost string `yaml:"origin_host"`
	// OriginRealm is the realm it serves; a Destination-Realm must be it.
	OriginRealm string `yaml:"origin_realm"`
	// ShutdownWithin bounds an orderly stop: disconnecting the peers,
	// answering what is in flight, closing the store. What is not done by
	// then is cut off. At least a second.
	ShutdownWithin time.Duration `yaml:"shutdown_within"`
}

// Diameter is the S13 door.
type Diameter struct {
	// Listen are the TCP addresses to listen on, IP:PORT. Port 0 takes a
	// free one, which is logged. Empty where all peers use TLS or SCTP.
	Listen []string `yaml:"listen"`
	// MaxConnections bounds the connections open at once, those before
	// their CER included: of these a quarter may be of strangers, and for each
	// host in a prefix of the peers' addresses as many. At least one for each
	// peer.
	MaxConnections int `yaml:"max_connections"`
	// MaxUnidentified bounds the connections before their CER of one host that is
	// in no peer's addresses, in IPv6 of one /64, so that one stranger does not
	// keep out another or a peer without addresses. 0: a sixteenth of
	// MaxConnections, in a laboratory a quarter.
	MaxUnidentified int `yaml:"max_unidentified"`
	// MaxMessage is the longest Diameter message taken, in octets, 1024 to
	// 4194304; a longer one is answered 5015 and ends the connection. A CER
	// may have 65536 at most.
	MaxMessage int `yaml:"max_message"`
	// CERTimeout closes a connection that sent no complete CER by then.
	CERTimeout time.Duration `yaml:"cer_timeout"`
	// Watchdog is Tw of RFC 3539: a silent peer is sent a DWR after it, and
	// given up after two more. Never under 6 s.
	Watchdog time.Duration `yaml:"watchdog"`
	// WriteTimeout closes a connection whose peer takes no answer for so long.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// CloseTimeout bounds the wait for a peer's answer (DPA) to our goodbye (DPR),
	// and for it to hang up after its own. When the node stops,
	// node.shutdown_within bounds it as well, and should be longer.
	CloseTimeout time.Duration `yaml:"close_timeout"`
	// MaxRate bounds the checks that are answered, in checks a second, over all
	// peers. What exceeds it gets 3004 or 5012, the lowest DRMP priority
	// first. 0: no bound. SIGHUP reloads it.
	MaxRate int `yaml:"max_rate"`
	// DefaultPriority is the DRMP priority of requests that name none: 1,
	// almost the highest, to 15, the lowest.
	DefaultPriority int `yaml:"default_priority"`
	// MaxBacklog is how long a check may have waited here, where more of them
	// come than can be answered, before it gets 3004 or 5012 in place of a
	// late answer. A peer of whom more than 64 KiB are always there to read
	// has waited since that began, in its own socket if not here. It is that of
	// priority 10; the lowest waits for a sixth of it, priority 1 for 2.5 times
	// as long, and the highest is answered in any case.
	MaxBacklog time.Duration `yaml:"max_backlog"`
	// Realms may ask besides the peers' realms and node.origin_realm: those of
	// MMEs behind an agent. A check from another Origin-Realm gets 5003. SIGHUP
	// reloads them.
	Realms []string `yaml:"realms"`
	// TLS is Diameter over TLS, where it is to be served.
	TLS TLS `yaml:"tls"`
	// SCTP is Diameter over SCTP, where it is to be served.
	SCTP SCTP `yaml:"sctp"`
	// Peers are those that may connect. While there is none the node is a
	// laboratory: any peer on loopback may join, and it listens nowhere
	// else. SIGHUP reloads them: who is no longer among them is sent a DPR, and
	// other rates hold at once.
	Peers []Peer `yaml:"peers"`
}

// Peer is one peer that may connect. All that is given must fit.
type Peer struct {
	// Host is the peer's Origin-Host. Needed.
	Host string `yaml:"host"`
	// Realm is the peer's Origin-Realm. Needed.
	Realm string `yaml:"realm"`
	// Addresses are the IP addresses and prefixes it may connect from: over
	// SCTP, of a multi-homed peer, all that it may call from.
	// Needed, but for a peer with TLS: without it the address is all that
	// tells a peer from a liar.
	Addresses []string `yaml:"addresses"`
	// MaxRate bounds the peer's checks as diameter.max_rate does all.
	MaxRate int `yaml:"max_rate"`
	// TLS says that the peer must use TLS. It may in any case, and is then
	// held to its certificate.
	TLS bool `yaml:"tls"`
	// TLSIdentity is the DNS name that its certificate must have (in its
	// subjectAltName, no wildcards). Empty: Host.
	TLSIdentity string `yaml:"tls_identity"`
}

// TLS is Diameter over TLS, 1.2 and 1.3, with certificates of both sides. SIGHUP
// reads the files again; connections that are open stay as they are.
type TLS struct {
	// Listen are the addresses to listen on, IP:PORT; the usual port is 5658
	// (RFC 6733 2.1). Empty: no TLS.
	Listen []string `yaml:"listen"`
	// Cert and Key are files in PEM: this node's certificate, which names
	// node.origin_host, with the intermediate ones behind it, and its key.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// CA is a file in PEM with the authorities that vouch for the peers.
	CA string `yaml:"ca"`
	// HandshakeTimeout bounds a handshake.
	HandshakeTimeout time.Duration `yaml:"handshake_timeout"`
	// MaxHandshakes bounds those that go on at once; the rest wait.
	MaxHandshakes int `yaml:"max_handshakes"`
}

// SCTP is Diameter over SCTP, on Linux whose kernel has it. Where it has not, the
// node says so and serves the rest.
type SCTP struct {
	// Listen are the addresses of one multi-homed endpoint, IP:PORT with the
	// same port: a peer that reaches one learns of the others, and moves
	// there when a path fails. Empty: no SCTP.
	Listen []string `yaml:"listen"`
	// RTOMin and RTOMax bound the retransmission timeout: how long a check
	// waits when a path fails. RTOMin should be above the time for which peers
	// delay their acknowledgements, usually 200 ms.
	RTOMin time.Duration `yaml:"rto_min"`
	RTOMax time.Duration `yaml:"rto_max"`
	// Heartbeat is how often an idle path is tried.
	Heartbeat time.Duration `yaml:"heartbeat"`
}

// Admin is the HTTP port for the operator and for Prometheus.
type Admin struct {
	// Listen is IP:PORT. It must be a loopback address, since the port has
	// no authentication. Port 0 takes a free one, which is logged.
	Listen string `yaml:"listen"`
	// MaxUpload bounds the files of one import, in octets, as they are sent
	// (compressed, where they are). They are kept beside the data meanwhile.
	MaxUpload int64 `yaml:"max_upload"`
}

// Store is where the lists are kept.
type Store struct {
	// Data is the directory, made where it is missing. One process at a
	// time can use it.
	Data string `yaml:"data"`
	// CacheBytes is the memory for blocks read from disk. Lookups of listed
	// equipment are fastest where all of the lists fit.
	CacheBytes int64 `yaml:"cache_bytes"`
}

// Policy is a ready profile and the answers that differ from it.
type Policy struct {
	// Profile is a ready policy of package eir; default.yaml lists them.
	Profile string `yaml:"profile"`
	// Policy has the answers one by one; those left out are the profile's.
	eir.Policy `yaml:",inline"`
}

// Log is what is logged to standard error.
type Log struct {
	// Level is debug, info, warn or error. SIGHUP reloads it.
	Level string `yaml:"level"`
	// Format is json, a line an event for machines, or console, for people.
	Format string `yaml:"format"`
}
