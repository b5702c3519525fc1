package mme

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/sm"
	"github.com/fiorix/go-diameter/v4/diam/sm/smparser"
	"github.com/fiorix/go-diameter/v4/diam/sm/smpeer"
)

const vendor3GPP = 10415

// Options are who asks, and whom.
type Options struct {
	// Target is HOST:PORT of the EIR, or of a relay before it.
	Target string
	// OriginHost and OriginRealm are who the MME says it is.
	OriginHost, OriginRealm string
	// DestinationHost is sent where it is not empty.
	DestinationHost string
	// DestinationRealm is the realm of who answered the CER where it is empty.
	DestinationRealm string
	// TLS is how to speak TLS from the first octet on; nil speaks plain TCP.
	TLS *tls.Config
	// Timeout bounds the connection, its TLS handshake, and each answer.
	Timeout time.Duration
}

// Client is one connection to an EIR. Its methods are for one goroutine.
type Client struct {
	options Options
	conn    diam.Conn
	socket  *watched
	session uint32
	answers chan *diam.Message
	// leaving receives the DPA.
	leaving chan struct{}
}

// Dial connects and exchanges capabilities.
func Dial(ctx context.Context, o Options) (*Client, error) {
	socket, err := (&net.Dialer{Timeout: o.Timeout}).DialContext(ctx, "tcp", o.Target)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("no EIR listens at %s: start one (`paperweight serve`) or name another (--target HOST:PORT)", o.Target)
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be reached: %w", o.Target, err)
	}
	if o.TLS != nil {
		if socket, err = secure(ctx, socket, o); err != nil {
			return nil, err
		}
	}
	c := &Client{
		options: o,
		socket:  &watched{Conn: socket, closed: make(chan struct{})},
		answers: make(chan *diam.Message, 1),
		leaving: make(chan struct{}, 1),
	}
	if err := c.handshake(); err != nil {
		c.socket.Close()
		return nil, err
	}
	peer, _ := smpeer.FromContext(c.conn.Context())
	if c.options.DestinationRealm == "" && peer != nil {
		c.options.DestinationRealm = string(peer.OriginRealm)
	}
	return c, nil
}

func (c *Client) handshake() error {
	machine := sm.New(&sm.Settings{
		OriginHost:  datatype.DiameterIdentity(c.options.OriginHost),
		OriginRealm: datatype.DiameterIdentity(c.options.OriginRealm),
		VendorID:    vendor3GPP,
		ProductName: "paperweight check",
	})
	machine.HandleFunc("ECA", func(_ diam.Conn, m *diam.Message) {
		select {
		case c.answers <- m:
		default: // nobody asked
		}
	})
	machine.HandleFunc("DPR", answerDPR(c.options))
	machine.HandleFunc("DPA", func(diam.Conn, *diam.Message) {
		select {
		case c.leaving <- struct{}{}:
		default:
		}
	})
	client := &sm.Client{
		Handler:            machine,
		RetransmitInterval: c.options.Timeout,
		SupportedVendorID:  []*diam.AVP{diam.NewAVP(avp.SupportedVendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP))},
		VendorSpecificApplicationID: []*diam.AVP{diam.NewAVP(avp.VendorSpecificApplicationID, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
			diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP)),
			diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(diam.TGPP_S13_APP_ID)),
		}})},
	}
	done := make(chan error, 1)
	go func() {
		conn, err := client.NewConn(c.socket, c.options.Target)
		c.conn = conn
		done <- err
	}()
	var err error
	select {
	case err = <-done:
	case <-c.socket.closed:
		// A refusal is closed upon as well: what the CEA said comes first.
		select {
		case err = <-done:
		case <-time.After(200 * time.Millisecond):
			return c.unanswered()
		}
	}
	return c.refusal(err)
}

// refusal says what a failed capabilities exchange means.
func (c *Client) refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sm.ErrHandshakeTimeout):
		return fmt.Errorf("%s sent no CEA within %s: does Diameter listen there?", c.options.Target, c.options.Timeout)
	case resultOf(err) == diam.UnknownPeer:
		return fmt.Errorf("%s does not know the peer %s (%s): use --origin-host and --origin-realm of a peer in its table, from that peer's address",
			c.options.Target, c.options.OriginHost, CodeName(diam.UnknownPeer))
	case resultOf(err) != 0:
		return fmt.Errorf("%s refused the connection: %s", c.options.Target, CodeName(resultOf(err)))
	case errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		// It hung up so early that our CER could not be written.
		return c.unanswered()
	}
	return fmt.Errorf("the capabilities exchange with %s failed: %w", c.options.Target, err)
}

func (c *Client) unanswered() error {
	// TLS 1.3 has the server look at our certificate when the handshake is over
	// for us: its alert is the first thing to be read.
	if alert := c.socket.alert.Load(); alert != nil {
		return refusedCertificate(c.options, *alert)
	}
	return fmt.Errorf("%s closed the connection instead of answering our CER: is %s one of its peers?", c.options.Target, c.options.OriginHost)
}

// resultOf returns the Result-Code of a CEA that refused; 0 for other errors.
func resultOf(err error) uint32 {
	var refused *smparser.ErrFailedResultCode
	if errors.As(err, &refused) {
		return refused.ResultCode
	}
	return 0
}

// Close says goodbye (RFC 6733 5.4) and waits for the answer, within the
// timeout.
func (c *Client) Close() {
	defer c.socket.Close()
	m := diam.NewRequest(diam.DisconnectPeer, 0, nil)
	add(m, avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(c.options.OriginHost))
	add(m, avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(c.options.OriginRealm))
	// DO_NOT_WANT_TO_TALK_TO_YOU: no more is to come from us.
	add(m, avp.DisconnectCause, avp.Mbit, 0, datatype.Enumerated(2))
	if _, err := m.WriteTo(c.conn); err != nil {
		return
	}
	select {
	case <-c.leaving:
	case <-c.socket.closed:
	case <-time.After(c.options.Timeout):
	}
}

func answerDPR(o Options) diam.HandlerFunc {
	return func(conn diam.Conn, m *diam.Message) {
		a := m.Answer(diam.Success)
		add(a, avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(o.OriginHost))
		add(a, avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(o.OriginRealm))
		// A peer that is gone already needs no answer.
		_, _ = a.WriteTo(conn)
	}
}

// watched is a socket that tells when go-diameter closed it: its own notice
// misses an end that comes while it reads, and what it ended for.
type watched struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
	alert  atomic.Pointer[error] // that TLS was told of, instead of data
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if isAlert(err) {
		w.alert.CompareAndSwap(nil, &err)
	}
	return n, err
}

func (w *watched) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}
