package trust

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Repository is the authority's end of a feed: a directory with
//
//	public/       what may be published, and the trust anchor public/root.json
//	published/N/  the metadata of publication N, which is never read back from
//	              public/: who breaks into the web server must not find the
//	              authority signing what was put there
//	roots/        every root there was, so that public/ can be made again
//	next/         the change in preparation, as far as it is signed
//	superseded.json  since when nothing leads to a file of public/: prune.go
//	keys/         a laboratory's keys; a real feed's are elsewhere
//
// One process uses it at a time, and one goroutine. Changes (Add, Remove,
// Rotate, Renew) are prepared in next/, where they wait, through any number of
// runs, for Sign to gather signatures; Publish puts all of them into force.
type Repository struct {
	dir  string
	lock *os.File
	life Lifetimes
	// now is in force; nil fields where nothing was published yet.
	now publication
	// next holds only what changes.
	next change
}

// change is metadata whose signatures are being gathered.
type change struct {
	root  *metadata.Metadata[metadata.RootType]
	roles map[string]*metadata.Metadata[metadata.TargetsType] // Targets, Snapshots, Deltas
}

// publication is a complete set of metadata.
type publication struct {
	change
	snapshot  *metadata.Metadata[metadata.SnapshotType]
	timestamp *metadata.Metadata[metadata.TimestampType]
}

// RolePlan is who may sign for a role.
type RolePlan struct {
	Keys      []crypto.PublicKey
	Threshold int
}

// ErrBusy says that another process has the repository open.
var ErrBusy = errors.New("another process works on this feed")

// Init prepares a new feed in dir: the first root, targets and delegations,
// which then wait in next/ for their signatures. A plan names every role.
func Init(dir string, plan map[string]RolePlan, life Lifetimes, now time.Time) (*Repository, error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	for _, sub := range []string{"public", "published", "roots", "next"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	r, err := open(dir, life)
	if err != nil {
		return nil, err
	}
	if err := r.begin(plan, now); err != nil {
		return nil, errors.Join(err, r.Close(), os.Remove(filepath.Join(dir, "published")))
	}
	return r, nil
}

func vacant(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "published"))
	if err == nil {
		return fmt.Errorf("feed: %s holds a feed already", dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (r *Repository) begin(plan map[string]RolePlan, now time.Time) error {
	root := metadata.Root(r.expiry(Root, now))
	targets := metadata.Targets(r.expiry(Targets, now))
	targets.Signed.Delegations = &metadata.Delegations{Keys: map[string]*metadata.Key{}, Roles: []metadata.DelegatedRole{}}
	r.next = change{root, map[string]*metadata.Metadata[metadata.TargetsType]{Targets: targets}}
	for _, role := range slices.Sorted(maps.Keys(delegations())) {
		targets.Signed.Delegations.Roles = append(targets.Signed.Delegations.Roles, metadata.DelegatedRole{
			Name: role, Threshold: 1, Terminating: true, Paths: []string{delegations()[role] + "/*"},
		})
		r.next.roles[role] = metadata.Targets(r.expiry(role, now))
	}
	for _, role := range Roles() {
		if err := r.rekey(role, Rotation{In: plan[role].Keys, Threshold: plan[role].Threshold}); err != nil {
			return err
		}
	}
	if err := r.soundKeys(); err != nil {
		return err
	}
	return r.save()
}

// Open opens a feed's directory and finishes a publication that a crash cut
// off. Lifetimes left out are the default ones.
func Open(dir string, life Lifetimes) (*Repository, error) {
	r, err := open(dir, life)
	if err != nil {
		return nil, err
	}
	if r.root() == nil || r.role(Targets) == nil || r.role(Snapshots) == nil || r.role(Deltas) == nil {
		return nil, errors.Join(fmt.Errorf("feed: %s holds no whole feed: init it again in an empty folder", dir), r.Close())
	}
	return r, nil
}

func open(dir string, life Lifetimes) (*Repository, error) {
	if _, err := os.Stat(filepath.Join(dir, "published")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("feed: %s holds no feed: `paperweight feed init --dir %[1]s` begins one", dir)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("feed: %s can't be locked: %w", dir, err)
	}
	r := &Repository{dir: dir, lock: lock, life: DefaultLifetimes()}
	maps.Copy(r.life, life)
	switch err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("feed: %s: %w: wait until it is done, then run this again", dir, ErrBusy), lock.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("feed: %s can't be locked: %w", dir, err), lock.Close())
	}
	if err := r.load(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close lets another process work on the directory. What is prepared stays.
func (r *Repository) Close() error {
	// To close is not enough: a child that this process forks has the lock
	// as well, until it executes its program.
	return errors.Join(syscall.Flock(int(r.lock.Fd()), syscall.LOCK_UN), r.lock.Close())
}

func (r *Repository) expiry(role string, now time.Time) time.Time {
	return moment(now.Add(r.life[role]))
}

// root is the one that will be in force.
func (r *Repository) root() *metadata.Metadata[metadata.RootType] {
	if r.next.root != nil {
		return r.next.root
	}
	return r.now.root
}

// role is the metadata of Targets, Snapshots or Deltas that will be in force.
func (r *Repository) role(role string) *metadata.Metadata[metadata.TargetsType] {
	if m := r.next.roles[role]; m != nil {
		return m
	}
	return r.now.roles[role]
}

// Targets returns what will be published, by name.
func (r *Repository) Targets() map[string]Target {
	all := map[string]Target{}
	for role := range delegations() {
		for name, f := range r.role(role).Signed.Targets {
			t := Target{Name: name, Role: role, Length: f.Length, SHA256: [32]byte(f.Hashes["sha256"])}
			if f.Custom != nil {
				t.Custom = *f.Custom
			}
			all[name] = t
		}
	}
	return all
}

// Expiries returns when what is published expires, in the order of Roles;
// nothing where nothing was.
func (r *Repository) Expiries() []Expiry {
	if r.now.timestamp == nil {
		return nil
	}
	return []Expiry{
		{Root, r.now.root.Signed.Expires},
		{Targets, r.now.roles[Targets].Signed.Expires},
		{Snapshots, r.now.roles[Snapshots].Signed.Expires},
		{Deltas, r.now.roles[Deltas].Signed.Expires},
		{Snapshot, r.now.snapshot.Signed.Expires},
		{Timestamp, r.now.timestamp.Signed.Expires},
	}
}
