package mme

import (
	"context"
	"fmt"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
)

// Question is one ME-Identity-Check. What it holds is sent as it is, so that
// a tester can send what real phones send.
type Question struct {
	IMEI string
	// SVN and IMSI are not sent where they are empty.
	SVN, IMSI string
}

// Ask sends one question and waits for its answer, for the timeout at most.
func (c *Client) Ask(ctx context.Context, q Question) (Answer, error) {
	start := time.Now()
	m := c.request(q, start)
	if _, err := m.WriteTo(c.conn); err != nil {
		return Answer{}, fmt.Errorf("the question could not be sent: %w", err)
	}
	limit := time.NewTimer(c.options.Timeout)
	defer limit.Stop()
	for {
		select {
		case a := <-c.answers:
			if a.Header.HopByHopID == m.Header.HopByHopID {
				return read(a, time.Since(start)), nil
			}
		case <-c.socket.closed:
			return Answer{}, fmt.Errorf("%s closed the connection without an answer", c.options.Target)
		case <-limit.C:
			return Answer{}, fmt.Errorf("no answer from %s within %s (--timeout)", c.options.Target, c.options.Timeout)
		case <-ctx.Done():
			return Answer{}, fmt.Errorf("the answer of %s was not waited for: %w", c.options.Target, context.Cause(ctx))
		}
	}
}

func (c *Client) request(q Question, now time.Time) *diam.Message {
	c.session++
	m := diam.NewRequest(diam.MEIdentityCheck, diam.TGPP_S13_APP_ID, nil)
	m.Header.CommandFlags |= diam.ProxiableFlag
	// RFC 6733 8.8: <DiameterIdentity>;<high 32 bits>;<low 32 bits>.
	session := fmt.Sprintf("%s;%d;%d", c.options.OriginHost, uint32(now.Unix()), c.session)
	add(m, avp.SessionID, avp.Mbit, 0, datatype.UTF8String(session))
	add(m, avp.VendorSpecificApplicationID, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP)),
		diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(diam.TGPP_S13_APP_ID)),
	}})
	// NO_STATE_MAINTAINED.
	add(m, avp.AuthSessionState, avp.Mbit, 0, datatype.Enumerated(1))
	add(m, avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(c.options.OriginHost))
	add(m, avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(c.options.OriginRealm))
	if c.options.DestinationHost != "" {
		add(m, avp.DestinationHost, avp.Mbit, 0, datatype.DiameterIdentity(c.options.DestinationHost))
	}
	add(m, avp.DestinationRealm, avp.Mbit, 0, datatype.DiameterIdentity(c.options.DestinationRealm))
	terminal := []*diam.AVP{diam.NewAVP(avp.IMEI, avp.Vbit|avp.Mbit, vendor3GPP, datatype.UTF8String(q.IMEI))}
	if q.SVN != "" {
		terminal = append(terminal, diam.NewAVP(avp.SoftwareVersion, avp.Vbit|avp.Mbit, vendor3GPP, datatype.UTF8String(q.SVN)))
	}
	add(m, avp.TerminalInformation, avp.Vbit|avp.Mbit, vendor3GPP, &diam.GroupedAVP{AVP: terminal})
	if q.IMSI != "" {
		add(m, avp.UserName, avp.Mbit, 0, datatype.UTF8String(q.IMSI))
	}
	return m
}

// add appends an AVP that the dictionary knows, so it can't fail.
func add(m *diam.Message, code uint32, flags uint8, vendor uint32, data datatype.Type) {
	m.AddAVP(diam.NewAVP(code, flags, vendor, data))
}
