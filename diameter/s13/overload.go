package s13

import (
	"encoding/binary"

	"paperweight/diameter/wire"
)

// DefaultPriority is what a request without DRMP has, where nothing else is
// configured. RFC 7944 8: "Diameter nodes SHOULD use the PRIORITY_10 priority as
// this default priority value", and "MUST support the ability for the default
// priority to be modified".
const DefaultPriority = 10

// Priorities is how many there are: 0 is the highest.
const Priorities = 16

// Report asks those who send requests for fewer of them (RFC 7683 7.3, OC-OLR).
type Report struct {
	// Sequence grows with every report that says something new, or the same for
	// longer.
	Sequence uint64
	// Reduction is by how many per cent, 0 to 100.
	Reduction uint32
	// Validity is for how many seconds; 0 ends the overload.
	Validity uint32
}

// lossAlgorithm is OLR_DEFAULT_ALGO of RFC 7683 7.2.
const lossAlgorithm = 1

// hostReport is HOST_REPORT of RFC 7683 7.6: of this node, and not of the others
// that serve the realm, of which it knows nothing.
const hostReport uint32 = 0

// priority reads a DRMP (RFC 7944 9.1). A value that does not exist is as none.
func (id *Identity) priority(value []byte) uint8 {
	if len(value) == 4 {
		if v := binary.BigEndian.Uint32(value); v < Priorities {
			return uint8(v)
		}
	}
	return id.own.DefaultPriority
}

// supportsLoss reads an OC-Supported-Features. RFC 7683 7.2: without a vector
// "only the default traffic abatement algorithm" is supported. plain says that
// nothing else stands in it, so that there is nothing else to judge.
func supportsLoss(group []byte) (loss, plain bool) {
	loss, plain = true, true
	for at := 0; at < len(group); {
		key, _, from, to := wire.Head(group, at)
		if to == 0 {
			return false, false
		}
		if key == wire.Key(wire.OCFeatureVector) && to-from == 8 {
			loss = binary.BigEndian.Uint64(group[from:])&lossAlgorithm != 0
		} else {
			plain = false
		}
		at = wire.Padded(to)
	}
	return loss, plain
}

// appendOverload appends what a request with OC-Supported-Features is owed. RFC
// 7683 5.1.2: the reporting node "MUST include the OC-Supported-Features AVP in
// the answer message for that transaction", and MUST NOT send either without.
//
// A vector without the loss algorithm breaks 5.1.1, so it is not of a set that
// "the abatement algorithm selected MUST be from". It is told what there is here,
// and gets no report, of which it could make nothing.
func appendOverload(b []byte, r *Request) []byte {
	if !r.Features {
		return b
	}
	b = appendFeatures(b)
	if r.Report == nil || !r.Loss {
		return b
	}
	b, olr := wire.BeginGroup(b, wire.OCOLR, 0, 0)
	b = wire.AppendUint64(b, wire.OCSequenceNumber, 0, 0, r.Report.Sequence)
	b = wire.AppendUint32(b, wire.OCReportType, 0, 0, hostReport)
	b = wire.AppendUint32(b, wire.OCReductionPercentage, 0, 0, r.Report.Reduction)
	b = wire.AppendUint32(b, wire.OCValidityDuration, 0, 0, r.Report.Validity)
	wire.EndGroup(b, olr)
	return b
}

func appendFeatures(b []byte) []byte {
	b, features := wire.BeginGroup(b, wire.OCSupportedFeatures, 0, 0)
	b = wire.AppendUint64(b, wire.OCFeatureVector, 0, 0, lossAlgorithm)
	wire.EndGroup(b, features)
	return b
}

// appendFeaturesFor appends OC-Supported-Features where msg, an ECR with a fault,
// has one.
func appendFeaturesFor(b, msg []byte) []byte {
	var a wire.AVP
	for c := wire.AVPs(msg); c.Next(&a); {
		if a.Is(wire.OCSupportedFeatures, 0) {
			return appendFeatures(b)
		}
	}
	return b
}

// AppendBusy appends the answer to r that tells of overload, and its result code.
// RFC 7683 8: DIAMETER_TOO_BUSY where "the same request may succeed on a
// different path"; where the request names this node in Destination-Host, it
// would come back here: DIAMETER_UNABLE_TO_COMPLY. It allocates nothing.
//
// (RFC 6733 7.1.3 would have 3004 where "a specific server is requested" alone.
// RFC 7683 is the later one, and tells how agents take it.)
func (id *Identity) AppendBusy(b []byte, r *Request) (_ []byte, result uint32) {
	if r.DestinationHost != nil {
		return appendAnswer(b, r, 0, id.busyHere, 0, nil), wire.DiameterUnableToComply
	}
	return appendAnswer(b, r, wire.FlagError, id.busy, 0, nil), wire.DiameterTooBusy
}

// AppendForeign appends the answer to a request whose Origin-Realm may not ask,
// and its result code. RFC 6733 7.1.5, DIAMETER_AUTHORIZATION_REJECTED: "the
// service requested is not permitted", and 2.9 has the same code where a "route
// traversed by the request is unacceptable". It is permanent, so nobody tries
// again, here or at the next register of the realm; 3003 would be a lie, since
// the Destination-Realm is ours. It allocates nothing.
func (id *Identity) AppendForeign(b []byte, r *Request) (_ []byte, result uint32) {
	return appendAnswer(b, r, 0, id.foreign, 0, nil), wire.DiameterAuthorizationRejected
}
