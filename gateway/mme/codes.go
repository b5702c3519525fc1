package mme

import (
	"fmt"

	"github.com/fiorix/go-diameter/v4/diam"
)

// equipmentUnknown is DIAMETER_ERROR_EQUIPMENT_UNKNOWN, TS 29.272 7.4.3.4.
const equipmentUnknown = 5422

// CodeName returns a result code with its name in RFC 6733 7.1 or TS 29.272
// 7.4, as "5004 DIAMETER_INVALID_AVP_VALUE"; the number alone where an EIR
// should not send it.
func CodeName(code uint32) string {
	names := map[uint32]string{
		diam.Success:                "DIAMETER_SUCCESS",
		diam.CommandUnsupported:     "DIAMETER_COMMAND_UNSUPPORTED",
		diam.UnableToDeliver:        "DIAMETER_UNABLE_TO_DELIVER",
		diam.RealmNotServed:         "DIAMETER_REALM_NOT_SERVED",
		diam.TooBusy:                "DIAMETER_TOO_BUSY",
		diam.LoopDetected:           "DIAMETER_LOOP_DETECTED",
		diam.ApplicationUnsupported: "DIAMETER_APPLICATION_UNSUPPORTED",
		diam.InvalidHDRBits:         "DIAMETER_INVALID_HDR_BITS",
		diam.UnknownPeer:            "DIAMETER_UNKNOWN_PEER",
		diam.ElectionLost:           "DIAMETER_ELECTION_LOST",
		diam.AVPUnsupported:         "DIAMETER_AVP_UNSUPPORTED",
		diam.InvalidAVPValue:        "DIAMETER_INVALID_AVP_VALUE",
		diam.MissingAVP:             "DIAMETER_MISSING_AVP",
		diam.AVPOccursTooManyTimes:  "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES",
		diam.NoCommonApplication:    "DIAMETER_NO_COMMON_APPLICATION",
		diam.UnsupportedVersion:     "DIAMETER_UNSUPPORTED_VERSION",
		diam.UnableToComply:         "DIAMETER_UNABLE_TO_COMPLY",
		diam.InvalidAVPLenght:       "DIAMETER_INVALID_AVP_LENGTH",
		diam.InvalidMessageLength:   "DIAMETER_INVALID_MESSAGE_LENGTH",
		diam.NoCommonSecurity:       "DIAMETER_NO_COMMON_SECURITY",
		equipmentUnknown:            "DIAMETER_ERROR_EQUIPMENT_UNKNOWN",
	}
	if name, ok := names[code]; ok {
		return fmt.Sprintf("%d %s", code, name)
	}
	return fmt.Sprint(code)
}
