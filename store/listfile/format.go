package listfile

import (
	"fmt"
	"slices"
	"strings"

	"paperweight/eir"
)

// Format names a list file's layout and what its lines mean. The values are
// what an operator types.
type Format string

// The formats. doc.go says what each column means.
const (
	DIRBSBlacklist          Format = "dirbs-blacklist"
	DIRBSBlacklistDelta     Format = "dirbs-blacklist-delta"
	DIRBSExceptions         Format = "dirbs-exceptions"
	DIRBSExceptionsDelta    Format = "dirbs-exceptions-delta"
	DIRBSNotifications      Format = "dirbs-notifications"
	DIRBSNotificationsDelta Format = "dirbs-notifications-delta"
	Stolen                  Format = "stolen"
	Pairing                 Format = "pairing"
	Barred                  Format = "barred"
	BarredTAC               Format = "barred-tac"
	GSMATAC                 Format = "gsma-tac"
	Paperweight             Format = "paperweight"
)

// Layout describes a Format.
type Layout struct {
	Format Format `json:"format"`
	// Doc is one line for an operator.
	Doc string `json:"doc"`
	// Columns must stand in the header, in any order.
	Columns []string `json:"columns"`
	// Optional columns may.
	Optional []string `json:"optional,omitempty"`
	// List is the list that the format carries: a full list and its deltas
	// have the same one. It is what a source is called by default.
	List string `json:"list"`
	// Delta says that a file changes a list instead of being one. Its name
	// then says the run and the event.
	Delta bool `json:"delta"`

	status eir.Status
	// reason is an entry's where the file has none: whoever asks why a phone
	// is refused must be told something.
	reason string
	// change is the column that, where the header has it, makes of a file a
	// change instead of a list.
	change string
	// strict refuses columns that are not named above: in our own format
	// such a column is a spelling mistake, in others an operator's extra.
	strict bool
}

// layouts is the table of everything that is specific to one format, but for
// the meaning of the columns (row.go) and the names of files (name.go).
var layouts = []Layout{
	{Format: DIRBSBlacklist, Doc: "DIRBS full blacklist: prohibited IMEIs",
		Columns: []string{"imei", "block_date", "reasons"}, status: eir.Prohibited},
	{Format: DIRBSBlacklistDelta, Doc: "DIRBS blacklist delta: events blocked, changed, unblocked", List: string(DIRBSBlacklist),
		Columns: []string{"imei", "block_date", "reasons"}, Delta: true, status: eir.Prohibited},
	{Format: DIRBSExceptions, Doc: "DIRBS exception list of an operator: an IMEI permitted with an IMSI",
		Columns: []string{"imei", "imsi"}, Optional: []string{"msisdn"}, status: eir.Permitted, reason: "exception"},
	{Format: DIRBSExceptionsDelta, Doc: "DIRBS exception list delta: events added, removed", List: string(DIRBSExceptions),
		Columns: []string{"imei", "imsi"}, Optional: []string{"msisdn"}, Delta: true, status: eir.Permitted, reason: "exception"},
	{Format: DIRBSNotifications, Doc: "DIRBS notification list of an operator: tracked IMEIs, to be blocked on a date",
		Columns: []string{"imei", "block_date", "reasons"}, Optional: []string{"imsi", "msisdn", "amnesty_granted"}, status: eir.Tracked},
	{Format: DIRBSNotificationsDelta, Doc: "DIRBS notification list delta: events new, changed, resolved, blacklisted, no_longer_seen", List: string(DIRBSNotifications),
		Columns: []string{"imei", "block_date", "reasons"}, Optional: []string{"imsi", "msisdn", "amnesty_granted"}, Delta: true, status: eir.Tracked},
	{Format: Stolen, Doc: "stolen list: prohibited IMEIs whose status is empty or blacklist",
		Columns: []string{"imei", "reporting_date"}, Optional: []string{"status", "change_type"}, change: "change_type", status: eir.Prohibited, reason: "reported stolen"},
	{Format: Pairing, Doc: "pairing list: an IMEI permitted with an IMSI",
		Columns: []string{"imei", "imsi"}, Optional: []string{"msisdn", "change_type"}, change: "change_type", status: eir.Permitted, reason: "paired"},
	{Format: Barred, Doc: "barred list: prohibited IMEIs",
		Columns: []string{"imei"}, Optional: []string{"change_type"}, change: "change_type", status: eir.Prohibited, reason: "barred"},
	{Format: BarredTAC, Doc: "barred TAC list: prohibited TACs",
		Columns: []string{"tac"}, Optional: []string{"change_type"}, change: "change_type", status: eir.Prohibited, reason: "barred TAC"},
	{Format: GSMATAC, Doc: "GSMA TAC database: TACs that were allocated, permitted",
		Columns:  []string{"tac", "manufacturer", "model_name"},
		Optional: []string{"bands", "allocation_date", "device_type", "optional_fields"}, status: eir.Permitted},
	{Format: Paperweight, Doc: "our own: everything that an entry can say",
		Optional: []string{"target", "imei", "tac", "from", "to", "imsi", "status", "svn", "reason", "reference", "date", "until", "op"},
		change:   "op", strict: true},
}

// Formats returns every format, in the order in which to show them.
func Formats() []Layout {
	all := slices.Clone(layouts)
	for i := range all {
		all[i] = all[i].named()
	}
	return all
}

// Layout returns what is known of a format, or an error that names them all.
func (f Format) Layout() (Layout, error) {
	names := make([]string, 0, len(layouts))
	for _, l := range layouts {
		if l.Format == f {
			return l.named(), nil
		}
		names = append(names, string(l.Format))
	}
	return Layout{}, fmt.Errorf("no list format %q: use one of %s", f, strings.Join(names, ", "))
}

func (l Layout) named() Layout {
	if l.List == "" {
		l.List = string(l.Format)
	}
	return l
}

func (l *Layout) knows(column string) bool {
	return slices.Contains(l.Columns, column) || slices.Contains(l.Optional, column)
}

// header is the header line that a file of this format has, for messages.
func (l *Layout) header() string {
	switch l.Format {
	case Paperweight:
		return "target,status,reason"
	case GSMATAC:
		return "TAC|Manufacturer|Model_Name|Bands|Allocation_Date|Device_Type"
	case Stolen:
		return "imei,reporting_date,status"
	}
	return strings.Join(l.Columns, ",")
}

// Status is what the format says of all that it lists; none in our own, whose
// lines say it.
func (l *Layout) Status() eir.Status { return l.status }
