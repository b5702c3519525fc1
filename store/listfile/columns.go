package listfile

// column is what a column means.
type column uint8

const (
	colIgnored column = iota
	colIMEI
	colTAC
	colTarget
	colFrom
	colTo
	colIMSI
	colStatus
	colDate
	colUntil
	colReason
	colReference
	colSVN
	colAmnesty
	colOp
	numColumns
)

var columnsByName = map[string]column{
	"imei": colIMEI, "tac": colTAC, "target": colTarget, "from": colFrom, "to": colTo, "imsi": colIMSI,
	"status": colStatus, "date": colDate, "until": colUntil, "reason": colReason, "reference": colReference,
	"svn": colSVN, "op": colOp, "change_type": colOp,
	"block_date": colDate, "reasons": colReason, "reporting_date": colDate, "amnesty_granted": colAmnesty,
	"manufacturer": colReason, "model_name": colReference, "allocation_date": colDate,
}

// column returns the meaning of a name in lower case; what no query needs is
// ignored. MSISDN is never read: it would be personal data kept for nothing.
func (l *Layout) column(name string) column {
	if !l.knows(name) {
		return colIgnored
	}
	return columnsByName[name]
}
