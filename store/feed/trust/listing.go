package trust

import (
	"errors"
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// maxDelegations is how many roles Targets may delegate to.
const maxDelegations = 8

// targets loads Targets and the roles that it delegates to (TUF 5.6).
func (w *walk) targets() error {
	if err := w.role(Targets, Root); err != nil {
		return err
	}
	top := w.trusted.Targets[Targets].Signed
	if len(top.Targets) > 0 {
		return faultf(ErrNotDelegated, Targets, "it lists %d targets itself: it may only delegate", len(top.Targets))
	}
	if top.Delegations == nil {
		return nil
	}
	if n := len(top.Delegations.Roles); n > maxDelegations {
		return faultf(ErrTooLong, Targets, "%d delegations: %d is the most", n, maxDelegations)
	}
	for _, r := range top.Delegations.Roles {
		// Files and state have one name for each role, so a delegation named
		// as another role would take its place.
		if !roleName.MatchString(r.Name) || slices.Contains([]string{Root, Targets, Snapshot, Timestamp, anchorName}, r.Name) ||
			w.trusted.Targets[r.Name] != nil {
			return faultf(ErrMalformed, Targets, "a delegation named %q", r.Name)
		}
		if err := sound(r.Name, r.Threshold, r.KeyIDs, top.Delegations.Keys); err != nil {
			return err
		}
		if err := w.role(r.Name, Targets); err != nil {
			return err
		}
	}
	return nil
}

// role loads one role's targets, from the state where they did not change.
func (w *walk) role(role, delegator string) error {
	meta := w.trusted.Snapshot.Signed.Meta[role+".json"]
	if meta == nil {
		return faultf(ErrMalformed, Snapshot, "names no version of %s", role)
	}
	load := func(text []byte) error {
		return verified(role, func() error {
			_, err := w.trusted.UpdateDelegatedTargets(text, role, delegator)
			return err
		})
	}
	if stored := w.state[role]; stored != nil && meta.VerifyLengthHashes(stored) == nil {
		if err := load(stored); err == nil || errors.Is(err, ErrExpired) {
			return err
		}
	}
	text, err := w.fetch(fileName(role, meta.Version), w.atMost(meta))
	if err != nil {
		return err
	}
	if err := load(text); err != nil {
		return err
	}
	w.state[role] = text
	return nil
}

// listing collects the targets. Where two roles list a name, the one that is
// delegated to first counts (TUF 5.6.7).
func (w *walk) listing() (map[string]Target, error) {
	all := map[string]Target{}
	top := w.trusted.Targets[Targets].Signed
	if top.Delegations == nil {
		return all, nil
	}
	for i := range top.Delegations.Roles {
		r := &top.Delegations.Roles[i]
		listed := w.trusted.Targets[r.Name].Signed.Targets
		for _, name := range slices.Sorted(maps.Keys(listed)) {
			t, err := w.target(r, name, listed[name])
			if err != nil {
				return nil, err
			}
			if _, ok := all[name]; !ok {
				all[name] = t
			}
		}
	}
	return all, nil
}

// target takes one entry of a role's list.
func (w *walk) target(r *metadata.DelegatedRole, name string, f *metadata.TargetFiles) (Target, error) {
	// TUF passes over what a role may not sign. Here it is refused: it can
	// only be there because a key was stolen or the authority erred, and
	// both must be seen.
	if ok, err := r.IsDelegatedPath(name); err != nil || !ok || len(r.PathHashPrefixes) > 0 {
		return Target{}, faultf(ErrNotDelegated, r.Name, "%q, and it may sign %q", name, r.Paths)
	}
	hash := f.Hashes["sha256"]
	if !targetName.MatchString(name) || len(hash) != 32 || f.Length < 0 {
		return Target{}, faultf(ErrMalformed, r.Name, "target %q: its name, its length or its sha256 can't be used", name)
	}
	t := Target{Name: name, Role: r.Name, Length: f.Length, SHA256: [32]byte(hash)}
	if f.Custom != nil {
		t.Custom = *f.Custom
	}
	return t, nil
}
