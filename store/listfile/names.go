package listfile

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Name is what the name of a DIRBS list file says. DIRBS writes
//
//	<stamp>_blacklist.csv
//	<stamp>_blacklist_delta_<base>_<run>_<event>.csv
//	<stamp>_exceptions_<operator>[_delta_<base>_<run>_<event>].csv
//	<stamp>_notifications_<operator>[_delta_<base>_<run>_<event>].csv
//
// and packs a full list and its deltas into one <stamp>_blacklist.zip, and so
// for each operator's lists.
type Name struct {
	Format Format
	// Stamp is YYYYMMDD_HHMMSS or YYYYMMDD; stamps compare as strings.
	Stamp string
	// Operator is whose exceptions or notifications they are.
	Operator string
	// Base and Run are the list generation runs between which a delta lies;
	// base -1 is from empty.
	Base, Run int64
	// Event is what happened to the entries of a delta.
	Event string
}

var (
	dirbsName = regexp.MustCompile(`^(\d{8}(?:_\d{6})?)_(blacklist|exceptions|notifications)(?:_(.+?))??(?:_delta_(-1|\d{1,18})_(\d{1,18})_([a-z_]+))?$`)
	fullLists = map[string]Format{"blacklist": DIRBSBlacklist, "exceptions": DIRBSExceptions, "notifications": DIRBSNotifications}
	deltas    = map[string]Format{"blacklist": DIRBSBlacklistDelta, "exceptions": DIRBSExceptionsDelta, "notifications": DIRBSNotificationsDelta}
)

// events of each delta format: what becomes of an entry.
var events = map[Format]map[string]Op{
	DIRBSBlacklistDelta:  {"blocked": Put, "changed": Put, "unblocked": Remove},
	DIRBSExceptionsDelta: {"added": Put, "removed": Remove},
	DIRBSNotificationsDelta: {"new": Put, "changed": Put, "resolved": Remove, "blacklisted": Remove,
		// The subscriber was not seen again; the phone is still on the
		// notification list, so it stays tracked.
		"no_longer_seen": Pass},
}

// ParseName reads a DIRBS file name, with or without directories, .csv, .txt,
// .gz and .zip. ok is false for any other name.
func ParseName(file string) (n Name, ok bool) {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	// A member of an archive is "ARCHIVE:NAME"; its own name counts.
	base = base[strings.LastIndexByte(base, ':')+1:]
	for _, suffix := range []string{".gz", ".zip", ".csv", ".txt"} {
		if len(base) > len(suffix) && strings.EqualFold(base[len(base)-len(suffix):], suffix) {
			base = base[:len(base)-len(suffix)]
		}
	}
	m := dirbsName.FindStringSubmatch(base)
	if m == nil || (m[2] == "blacklist") != (m[3] == "") {
		return Name{}, false
	}
	n = Name{Format: fullLists[m[2]], Stamp: m[1], Operator: m[3]}
	if m[6] == "" {
		return n, true
	}
	n.Format, n.Event = deltas[m[2]], m[6]
	n.Base, _ = strconv.ParseInt(m[4], 10, 64)
	n.Run, _ = strconv.ParseInt(m[5], 10, 64)
	_, known := events[n.Format][n.Event]
	return n, known && n.Base < n.Run
}

// Op is what the event of a delta does.
func (n Name) Op() Op { return events[n.Format][n.Event] }
