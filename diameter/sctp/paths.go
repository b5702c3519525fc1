package sctp

import (
	"net/netip"
	"slices"
	"sync/atomic"
)

// paths are the addresses of a peer that can't be used at present. The reader of the
// association changes them, anybody may look.
type paths struct{ failed atomic.Pointer[[]netip.Addr] }

// note takes in what became of a path.
func (p *paths) note(path Path) {
	failed := slices.Clone(p.list())
	at := slices.Index(failed, path.Address)
	switch {
	case path.State.Failing() && at < 0:
		failed = append(failed, path.Address)
	case (path.State == Available || path.State == Confirmed || path.State == Removed) && at >= 0:
		failed = slices.Delete(failed, at, at+1)
	default:
		return
	}
	p.failed.Store(&failed)
}

// list is not to be changed.
func (p *paths) list() []netip.Addr {
	if failed := p.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}
