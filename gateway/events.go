package main

import (
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"paperweight/diameter"
	"paperweight/diameter/peer"
	"paperweight/diameter/sctp"
	"paperweight/gateway/config"
	"paperweight/store"
)

// newLog returns the logger of a node. Nothing that is logged holds an IMEI or
// an IMSI: events are about connections, lists and files, never about a check.
func newLog(c config.Log, w io.Writer) (*zap.Logger, zap.AtomicLevel, error) {
	at, err := c.ZapLevel()
	if err != nil {
		return nil, zap.AtomicLevel{}, err
	}
	level := zap.NewAtomicLevelAt(at)
	fields := zap.NewProductionEncoderConfig()
	fields.EncodeTime = zapcore.RFC3339TimeEncoder
	encoder := zapcore.NewJSONEncoder(fields)
	if c.Format == "console" {
		fields.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(fields)
	}
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)
	// A stranger who connects in a loop must not fill the disk: of one
	// message a hundred a second, then every hundredth.
	return zap.New(zapcore.NewSamplerWithOptions(core, time.Second, 100, 100)), level, nil
}

func storeEvents(log *zap.Logger) store.Events {
	log = log.Named("store")
	return store.Events{
		Failed: func(err error) {
			log.Error("nothing can be written; what is readable is answered, and changes are refused", zap.Error(err))
		},
		Recovered: func() { log.Info("the disk takes writes again, and changes are taken again") },
		Short: func(s store.SourceState, err error) {
			log.Error("a list can't be relied on", zap.String("source", s.Name), zap.Uint64("entries", s.Entries), zap.Uint64("sequence", s.Sequence), zap.Error(err))
		},
		Corrupt: func(file string, err error) { log.Error("a file is corrupt", zap.String("file", file), zap.Error(err)) },
		Applied: func(s store.SourceState) {
			log.Info("applied", zap.String("source", s.Name), zap.Uint64("sequence", s.Sequence), zap.Uint64("entries", s.Entries))
		},
		Progress: func(what string, done, total uint64) {
			log.Debug("progress", zap.String("what", what), zap.Uint64("done", done), zap.Uint64("total", total))
		},
		Log: func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) },
	}
}

func sctpEvents(log *zap.Logger, pathFailed func()) sctp.Events {
	log = log.Named("sctp")
	return sctp.Events{Path: func(p sctp.Path) {
		at := zapcore.InfoLevel
		if p.State.Failing() {
			at = zapcore.WarnLevel
			pathFailed()
		}
		log.Log(at, "path changed", zap.Stringer("remote", p.Remote), zap.Stringer("address", p.Address), zap.Stringer("state", p.State))
	}}
}

func diameterEvents(log *zap.Logger, batch func(int, time.Duration)) diameter.Events {
	log = log.Named("diameter")
	return diameter.Events{
		PeerOpen: func(p diameter.PeerState) {
			log.Info("peer is open", zap.String("peer", p.Host), zap.String("realm", p.Realm),
				zap.Stringer("remote", p.Remote), zap.String("product", p.ProductName), zap.String("tls", p.TLS))
		},
		PeerClosed: func(p diameter.PeerState, err error) {
			log.Info("peer is closed", zap.String("peer", p.Host), zap.Stringer("remote", p.Remote), zap.NamedError("why", err))
		},
		Refused: func(r diameter.Refusal) {
			log.Warn("connection refused", zap.Stringer("remote", r.Remote), zap.Stringer("cause", r.Cause),
				zap.String("claimed_host", r.Host), zap.String("claimed_realm", r.Realm), zap.Error(r.Err))
		},
		ForeignRealm: func(peer, host, realm string) {
			log.Error("a check from a foreign realm was refused: S13 does not cross the operator's border; told once a minute, paperweight_foreign_realm_total counts all (diameter.realms names those that may ask)",
				zap.String("delivered_by", peer), zap.String("claimed_host", host), zap.String("claimed_realm", realm))
		},
		Unrouted: func(peer, host string) {
			log.Warn("a peer asks in another's name without a Route-Record; it is answered. An agent that hides its network's topology does so, an MME should not; told once for each connection, paperweight_unrouted_total counts all",
				zap.String("delivered_by", peer), zap.String("claimed_host", host))
		},
		Watchdog: func(host string, from, to peer.Status) {
			at := zapcore.DebugLevel
			if to == peer.Suspect || from == peer.Suspect {
				at = zapcore.WarnLevel
			}
			log.Log(at, "watchdog", zap.String("peer", host), zap.Stringer("from", from), zap.Stringer("to", to))
		},
		Batch: batch,
	}
}
