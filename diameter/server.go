package diameter

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"paperweight/diameter/s13"
	"paperweight/eir"
)

// Checker decides; eir.Register is one. Check is called by many goroutines at
// once, and should neither block nor allocate.
type Checker interface {
	Check(eir.Query) eir.Verdict
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("diameter: the server was shut down")

// Server answers S13. Its methods may be called by many goroutines.
type Server struct {
	cfg     Config
	checker Checker
	events  Events
	id      *s13.Identity

	began  time.Time // the beginning of clock
	meter  meter
	cores  *cores
	realms atomic.Pointer[realms]
	// certificates are in force for the handshakes that begin now.
	certificates atomic.Pointer[Certificates]
	// handshakes and handshakesOfStrangers hold one token for each handshake.
	handshakes, handshakesOfStrangers chan struct{}

	stopped chan struct{}  // closed by Shutdown
	running sync.WaitGroup // the connections' goroutines

	mu        sync.Mutex // guards what follows; never held during a check
	listeners []net.Listener
	conns     map[*conn]bool
	crowd     crowd
	table     table
	past      counters // of connections that are gone
	refused   [NumCauses]uint64
}

// New returns a Server that asks checker, or what is wrong with the Config.
func New(cfg Config, checker Checker, events Events) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	id, err := s13.NewIdentity(s13.Capabilities{
		OriginHost: cfg.OriginHost, OriginRealm: cfg.OriginRealm,
		ProductName: cfg.ProductName, OriginStateID: cfg.OriginStateID, DefaultPriority: uint8(cfg.DefaultPriority),
	})
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, checker: checker, events: events, id: id,
		handshakes:            make(chan struct{}, cfg.MaxHandshakes),
		handshakesOfStrangers: make(chan struct{}, cfg.MaxHandshakes),

		began:   time.Now(),
		cores:   newCores(),
		stopped: make(chan struct{}),
		conns:   make(map[*conn]bool),
		crowd:   crowd{hosts: make(map[netip.Addr]int)},
	}
	s.meter.cost.Store(costOf(cfg.MaxRate))
	s.realms.Store(newRealms(&cfg))
	s.table.set(cfg.Peers)
	return s, nil
}

// Serve accepts peers on l until Shutdown, and then returns ErrServerClosed; it
// returns earlier where l fails for good. It closes l. It may be called for
// several listeners.
func (s *Server) Serve(l net.Listener) error { return s.serve(l, s.take) }

func (s *Server) serve(l net.Listener, take func(net.Conn)) error {
	if !s.listen(l) {
		l.Close()
		return ErrServerClosed
	}
	defer s.unlisten(l)
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			take(nc)
			continue
		}
		if !willPass(err) {
			select {
			case <-s.stopped:
				return ErrServerClosed
			default:
				return err
			}
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		select {
		case <-s.stopped:
			return ErrServerClosed
		case <-time.After(pause):
		}
	}
}

// willPass reports whether a listener that failed with err may accept again. The
// likeliest error is a lack of file descriptors or memory, which passes when
// connections close; and accept(2) on Linux "passes already-pending network errors
// on the new socket" on. To return then would end the service.
func willPass(err error) bool {
	var number syscall.Errno
	if errors.As(err, &number) { // of these the socket itself is wrong
		return number != syscall.EBADF && number != syscall.EINVAL && number != syscall.ENOTSOCK
	}
	var passing interface{ Temporary() bool }
	return errors.As(err, &passing) && passing.Temporary()
}

func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isStopped() {
		return false
	}
	s.listeners = append(s.listeners, l)
	return true
}

func (s *Server) unlisten(l net.Listener) {
	s.mu.Lock()
	s.listeners = slices.DeleteFunc(s.listeners, func(other net.Listener) bool { return other == l })
	s.mu.Unlock()
	l.Close()
}

func (s *Server) isStopped() bool {
	select {
	case <-s.stopped:
		return true
	default:
		return false
	}
}

// take starts the goroutine of a new connection, or closes it. Go's listener
// has set TCP_NODELAY and keepalive on it already.
func (s *Server) take(nc net.Conn) {
	remote := addrPort(nc.RemoteAddr())
	s.mu.Lock()
	stranger := !s.table.familiar(remote.Addr())
	var refused *Refusal
	switch {
	case s.isStopped():
		refused = &Refusal{Remote: remote, Cause: ShuttingDown}
	case len(s.conns) >= s.cfg.MaxConns:
		refused = &Refusal{Remote: remote, Cause: TooMany}
	case !s.crowd.room(&s.cfg, remote.Addr(), stranger, s.table.hosts[remote.Addr()]):
		refused = &Refusal{Remote: remote, Cause: TooManyUnidentified}
	}
	if refused != nil {
		s.mu.Unlock()
		below(nc).Close() // without a word: TLS has not begun
		s.refuse(*refused)
		return
	}
	if tcp, ok := below(nc).(*net.TCPConn); ok {
		tcp.SetReadBuffer(lineSize)
	}
	c := newConn(s, nc, remote)
	c.unfamiliar = stranger
	s.crowd.enter(c)
	s.conns[c] = true
	// Under the lock, so that Shutdown, which sets stopped under it, waits
	// for every connection that was let in before.
	s.running.Add(1)
	s.mu.Unlock()
	go c.run()
}

// forget gives up c's place and its peer, and its counters go to the past, all
// in the same moment.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.crowd.leave(c)
	s.past.add(&c.count)
	if c.peer != nil {
		s.table.close(c)
	}
	close(c.gone)
}

// refuse counts a refusal and tells of it.
func (s *Server) refuse(r Refusal) {
	s.mu.Lock()
	s.refused[r.Cause]++
	s.mu.Unlock()
	if s.events.Refused != nil {
		s.events.Refused(r)
	}
}

// addresses adds to a connection's own addresses those of the listeners that
// are bound to one which the peer could reach. All of them go into the CEA.
func (s *Server) addresses(addrs []netip.Addr) []netip.Addr {
	local := len(addrs) > 0 && addrs[0].IsLoopback()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		ip := addrPort(l.Addr()).Addr()
		reachable := ip.IsValid() && !ip.IsUnspecified() && (local || !ip.IsLoopback())
		if reachable && !slices.Contains(addrs, ip) {
			addrs = append(addrs, ip)
		}
	}
	return addrs
}

// addrPort reads the address of a socket. An IPv4 address is one, on a
// listener for both families too.
func addrPort(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}
