package diameter

import "paperweight/eir"

// Stats are the counters of a Server since New: connections that are gone are
// in them.
type Stats struct {
	// Statuses and Rules count the checks that were answered, by what was
	// answered and by what decided it.
	Statuses [eir.NumStatuses]uint64
	Rules    [eir.NumRules]uint64
	// Forms counts the identities that were asked about, by class.
	Forms [eir.NumForms]uint64
	// PairSkipped counts the checks for which an exception by IMSI exists
	// and no IMSI was sent.
	PairSkipped uint64
	// ResultCodes counts every answer sent, by Result-Code or Experimental-
	// Result-Code. Only codes that occurred are in it.
	ResultCodes map[uint32]uint64
	// Dropped counts the answers received that answer nothing of ours.
	Dropped uint64

	MessagesIn, MessagesOut uint64
	BytesIn, BytesOut       uint64
	// Batches counts the reads that brought at least one whole message.
	Batches uint64

	// Refused counts the connections that came to nothing, by Cause.
	Refused [NumCauses]uint64
	// Connections and Peers are how many there are now: transport
	// connections, and those of them that are open peers'.
	Connections, Peers int
}
