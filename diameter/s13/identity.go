package s13

import (
	"fmt"

	"paperweight/diameter/wire"
)

// Identity is what this node is in Diameter: its names, the grammars and
// dictionary it judges by, and its answers as far as they are always the same.
// It does not change, so many goroutines may use it.
type Identity struct {
	own        Capabilities
	dictionary dictionary
	commands   commands
	// Each holds the AVPs of an ECA between Session-Id and Proxy-Info.
	permitted, tracked, prohibited, unknown, unable []byte
	// Where an identity can't be understood, the Failed-AVP follows.
	invalidIMEI, invalidSVN []byte
	noIMEI                  []byte
	// busy and busyHere tell of overload, foreign of a realm that may not ask.
	busy, busyHere, foreign []byte
}

// NewIdentity returns the identity of a node that says c of itself. OriginHost
// and OriginRealm must be names, and ProductName is required (RFC 6733 5.3.2).
func NewIdentity(c Capabilities) (*Identity, error) {
	for _, n := range []struct{ what, name string }{{"Origin-Host", c.OriginHost}, {"Origin-Realm", c.OriginRealm}} {
		if err := CheckName(n.name); err != nil {
			return nil, fmt.Errorf("our %s: %w", n.what, err)
		}
	}
	if c.ProductName == "" {
		return nil, fmt.Errorf("our Product-Name is empty: a CEA needs one")
	}
	if c.DefaultPriority == 0 {
		c.DefaultPriority = DefaultPriority
	}
	if c.DefaultPriority >= Priorities {
		return nil, fmt.Errorf("our default priority is %d: 15 is the lowest", c.DefaultPriority)
	}
	id := &Identity{own: c, dictionary: newDictionary(), commands: newCommands()}
	id.permitted = id.appendStatus(wire.Whitelisted)
	id.tracked = id.appendStatus(wire.Greylisted)
	id.prohibited = id.appendStatus(wire.Blacklisted)
	id.unknown = id.appendUnknown()
	id.unable = id.appendFailure(nil, &Fault{ResultCode: wire.DiameterUnableToComply, Message: "no answer can be given now"})
	id.invalidIMEI = id.appendInvalid(wire.IMEI)
	id.invalidSVN = id.appendInvalid(wire.SoftwareVersion)
	id.noIMEI = id.appendMissingIMEI()
	busy := Fault{ResultCode: wire.DiameterTooBusy, Message: "too many requests"}
	id.busy = busy.append(wire.AppendUint32(id.appendOrigin(nil), wire.ResultCode, 0, wire.FlagMandatory, busy.ResultCode))
	id.busyHere = id.appendFailure(nil, &Fault{ResultCode: wire.DiameterUnableToComply, Message: busy.Message})
	id.foreign = id.appendFailure(nil, &Fault{ResultCode: wire.DiameterAuthorizationRejected, Message: "Origin-Realm may not ask here"})
	return id, nil
}

// CheckName holds a DiameterIdentity (RFC 6733 4.3.1) to what an FQDN or a
// realm is written with.
func CheckName(name string) error {
	if name == "" || len(name) > 255 {
		return fmt.Errorf("a name has 1 to 255 characters, not %d", len(name))
	}
	for _, c := range []byte(name) {
		c = lower(c)
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return fmt.Errorf("%q can't be a name: letters, digits, dots and hyphens only", name)
		}
	}
	return nil
}

// appendOrigin appends the two AVPs that every answer holds.
func (id *Identity) appendOrigin(b []byte) []byte {
	b = wire.AppendAVP(b, wire.OriginHost, 0, wire.FlagMandatory, id.own.OriginHost)
	return wire.AppendAVP(b, wire.OriginRealm, 0, wire.FlagMandatory, id.own.OriginRealm)
}

// appendApplication appends Vendor-Specific-Application-Id {10415, 16777252}.
func appendApplication(b []byte) []byte {
	b, at := wire.BeginGroup(b, wire.VendorSpecificApplicationID, 0, wire.FlagMandatory)
	b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, wire.Vendor3GPP)
	b = wire.AppendUint32(b, wire.AuthApplicationID, 0, wire.FlagMandatory, wire.AppS13)
	wire.EndGroup(b, at)
	return b
}

// appendSession appends what stands behind the result in every ECA. TS 29.272
// 7.1.4: the server answers NO_STATE_MAINTAINED and keeps no session.
func (id *Identity) appendSession(b []byte) []byte {
	b = wire.AppendUint32(b, wire.AuthSessionState, 0, wire.FlagMandatory, wire.NoStateMaintained)
	return id.appendOrigin(b)
}

// appendStatus makes the ECA for equipment on a list.
func (id *Identity) appendStatus(status uint32) []byte {
	b := appendApplication(nil)
	b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, wire.DiameterSuccess)
	b = id.appendSession(b)
	return wire.AppendUint32(b, wire.EquipmentStatus, wire.Vendor3GPP, wire.FlagMandatory, status)
}

// appendUnknown makes the ECA for equipment on no list. TS 29.272 7.4.3.4: an
// Experimental-Result, and then neither Result-Code nor Equipment-Status.
func (id *Identity) appendUnknown() []byte {
	b := appendApplication(nil)
	b, at := wire.BeginGroup(b, wire.ExperimentalResult, 0, wire.FlagMandatory)
	b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, wire.Vendor3GPP)
	b = wire.AppendUint32(b, wire.ExperimentalResultCode, 0, wire.FlagMandatory, wire.DiameterErrorEquipmentUnknown)
	wire.EndGroup(b, at)
	return id.appendSession(b)
}

// appendInvalid makes the ECA for an identity, or a Software-Version, that the
// policy calls invalid, up to the Failed-AVP.
func (id *Identity) appendInvalid(code uint32) []byte {
	name := id.dictionary.name(code, wire.Vendor3GPP)
	return id.appendFailure(nil, &Fault{ResultCode: wire.DiameterInvalidAVPValue, Message: name + ": invalid value"})
}

// appendMissingIMEI makes the ECA for a Terminal-Information without an IMEI.
func (id *Identity) appendMissingIMEI() []byte {
	f := id.dictionary.missing(&rule{code: wire.IMEI, vendor: wire.Vendor3GPP, flags: wire.FlagMandatory})
	f.wrap(&wire.AVP{Code: wire.TerminalInformation, Vendor: wire.Vendor3GPP, Flags: wire.FlagMandatory})
	return id.appendFailure(nil, f)
}

// appendFailure appends the AVPs of an ECA that reports f, which is no
// protocol error.
func (id *Identity) appendFailure(b []byte, f *Fault) []byte {
	b = appendApplication(b)
	b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, f.ResultCode)
	b = id.appendSession(b)
	return f.append(b)
}
