package s13

import "paperweight/diameter/wire"

// rule is one line of a command's grammar (RFC 6733 3.2).
type rule struct {
	code, vendor uint32
	// flags are those of an example of the AVP where it is missing.
	flags    uint8
	required bool
	// many: no limit on how often it occurs, else once.
	many bool
	// below bounds the values of an Enumerated: 0 is no bound.
	below uint32
	// inside is the grammar of a grouped AVP that is read here.
	inside grammar
}

// grammar lists the AVPs of a command that this node reads. What it leaves out
// comes under *[AVP].
type grammar []rule

func (g grammar) find(code, vendor uint32) int {
	for i := range g {
		if g[i].code == code && g[i].vendor == vendor {
			return i
		}
	}
	return -1
}

// commands are the grammars of the requests that are served.
type commands struct{ ecr, cer, dwr, dpr grammar }

func newCommands() commands {
	const m = wire.FlagMandatory
	host := rule{code: wire.OriginHost, flags: m, required: true}
	realm := rule{code: wire.OriginRealm, flags: m, required: true}
	state := rule{code: wire.OriginStateID, flags: m}
	return commands{
		ecr: grammar{ // TS 29.272 7.2.19
			{code: wire.SessionID, flags: m, required: true},
			{code: wire.AuthSessionState, flags: m, required: true, below: wire.NoStateMaintained + 1},
			host, realm,
			{code: wire.DestinationHost, flags: m},
			{code: wire.DestinationRealm, flags: m, required: true},
			{code: wire.TerminalInformation, vendor: wire.Vendor3GPP, flags: m, required: true,
				inside: grammar{ // TS 29.272 7.3.3
					{code: wire.IMEI, vendor: wire.Vendor3GPP, flags: m},
					{code: wire.SoftwareVersion, vendor: wire.Vendor3GPP, flags: m},
				}},
			{code: wire.UserName, flags: m},
			// What makes the answer better where it is there, and is ignored
			// where it is there twice.
			{code: wire.DRMP, many: true},
			{code: wire.OCSupportedFeatures, many: true},
			{code: wire.ProxyInfo, flags: m, many: true},
			{code: wire.RouteRecord, flags: m, many: true},
		},
		cer: grammar{ // RFC 6733 5.3.1
			host, realm,
			{code: wire.HostIPAddress, flags: m, required: true, many: true},
			{code: wire.VendorID, flags: m, required: true},
			{code: wire.ProductName, required: true},
			state,
			{code: wire.SupportedVendorID, flags: m, many: true},
			{code: wire.AuthApplicationID, flags: m, many: true},
			{code: wire.InbandSecurityID, flags: m, many: true},
			{code: wire.AcctApplicationID, flags: m, many: true},
			{code: wire.VendorSpecificApplicationID, flags: m, many: true},
			{code: wire.FirmwareRevision},
		},
		dwr: grammar{host, realm, state}, // RFC 6733 5.5.1
		dpr: grammar{ // RFC 6733 5.4.1
			host, realm,
			{code: wire.DisconnectCause, flags: m, required: true},
		},
	}
}

// of returns the grammar of a request by its application and command.
func (c *commands) of(app, command uint32) (grammar, *Fault) {
	switch app {
	case wire.AppS13:
		if command == wire.MEIdentityCheck {
			return c.ecr, nil
		}
	case wire.AppBase:
		switch command {
		case wire.CapabilitiesExchange:
			return c.cer, nil
		case wire.DeviceWatchdog:
			return c.dwr, nil
		case wire.DisconnectPeer:
			return c.dpr, nil
		}
	default:
		// RFC 6733 7.1.3, 3007: "A request was sent for an application that
		// is not supported", whatever its command.
		return nil, &Fault{ResultCode: wire.DiameterApplicationUnsupported, Message: "application not supported"}
	}
	return nil, &Fault{ResultCode: wire.DiameterCommandUnsupported, Message: "command not supported in this application"}
}
