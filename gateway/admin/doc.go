// Package admin is the operator's door: an HTTP API on loopback, the client
// that `paperweight import`, `list`, `explain` and `feed` speak it with, and
// the operations behind it, which most of these commands call directly on the
// data of a node that is stopped.
//
//	GET    /healthz          200 while the process lives; the body says what ails it
//	GET    /readyz           200 when checks are answered rightly, 503 with the reason; ?verbose lists
//	                         what the node is to have and whether it has it, as whether it takes changes
//	GET    /metrics          Prometheus
//	POST   /api/v1/import    multipart files; ?format= &source= &confirm=true &report=true
//	GET    /api/v1/list      the operator's own entries, an Entry a line
//	POST   /api/v1/list      an Entry: listed, or changed where the target is listed
//	DELETE /api/v1/list      a Target (JSON body): removed
//	POST   /api/v1/list/import    a list of our own format (CSV body); ?name= &replace=true &dry_run=true
//	GET    /api/v1/sources   who listed what, up to where
//	GET    /api/v1/explain   ?imei= &svn= &imsi=; POST takes a Question, which keeps the identity out of URLs
//	GET    /api/v1/peers     the Diameter peers, connected or not, their overload, their failed paths
//	GET    /api/v1/feeds     where each signed feed is
//	GET    /api/v1/feeds/held     the updates that wait for an operator
//	POST   /api/v1/feeds/release  a Pick (JSON body): applied
//	POST   /api/v1/feeds/reject   a Pick (JSON body): given up
//	POST   /api/v1/feeds/verify   ?feed=; its whole list is held against its digest
//	POST   /api/v1/feeds/forget   ?feed=; one that is not followed: its list is out of force
//	POST   /api/v1/feeds/try      ?feed=; multipart files "checks" and "candidate", else the held update
//
// Answers are JSON. A refusal is {"error", "hint"} with a fitting status: 400
// for what was asked wrongly, 409 for what clashes with another change, 413
// for what is too large, 503 where the store can't be written or the node stops; with
// "outcome": "unknown" where nobody knows whether the change is in force. An import
// answers with JSON lines: any number of {"progress": ...} and, where a report
// was asked for, {"report": ...}; then {"result": ...}, or {"error", "hint"},
// with "held" where the import waits for confirm. An import whose client goes
// away is given up, and nothing of it is in force.
//
// There is no authentication yet. So it listens on loopback alone, takes only
// requests whose Host is loopback (a web page can't rebind its name to reach
// it), and refuses what a browser says comes from another origin.
//
// Package gateway imports it, and nobody else.
package admin
