package trust

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// The roles of a feed.
const (
	Root      = metadata.ROOT
	Targets   = metadata.TARGETS
	Snapshots = "snapshots" // delegated by Targets: snapshot/*
	Deltas    = "deltas"    // delegated by Targets: delta/*
	Snapshot  = metadata.SNAPSHOT
	Timestamp = metadata.TIMESTAMP
)

// Roles are all roles in the order in which a feed is built.
func Roles() []string {
	return []string{Root, Targets, Snapshots, Deltas, Snapshot, Timestamp}
}

// delegations are the roles that Targets delegates to, and the folder of each.
// The patterns are path globs: go-tuf compares path_hash_prefixes wrongly.
func delegations() map[string]string {
	return map[string]string{Snapshots: "snapshot", Deltas: "delta"}
}

// Lifetimes say how long each role's metadata is valid from when it is made.
type Lifetimes map[string]time.Duration

// DefaultLifetimes returns those in the package's documentation.
func DefaultLifetimes() Lifetimes {
	const day = 24 * time.Hour
	return Lifetimes{
		Root: 365 * day, Targets: 365 * day, Snapshots: 182 * day,
		Deltas: 30 * day, Snapshot: 7 * day, Timestamp: 3 * day,
	}
}

// thresholds are the signatures that each role of a new feed needs, and how
// many keys a laboratory makes for it.
func thresholds() map[string][2]int {
	return map[string][2]int{
		Root: {2, 3}, Targets: {2, 2}, Snapshots: {2, 2}, Deltas: {1, 1}, Snapshot: {1, 1}, Timestamp: {1, 1},
	}
}

// fileName is the name under which a version of a role's metadata is published.
func fileName(role string, version int64) string {
	if role == Timestamp {
		return "timestamp.json"
	}
	return strconv.FormatInt(version, 10) + "." + role + ".json"
}

// targetFile is where a target is published (TUF 6.2: HASH.FILENAME.EXT).
func targetFile(name string, sha256 []byte) string {
	dir, base := path.Split(name)
	return fmt.Sprintf("%s%x.%s", dir, sha256, base)
}

// issuedField is where timestamp.json says when it was signed.
const issuedField = "issued"

var (
	roleName   = regexp.MustCompile(`^[a-z][a-z-]{0,31}$`)
	targetName = regexp.MustCompile(`^[a-z]{1,32}/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

// moment is a time as TUF writes one: UTC, whole seconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
