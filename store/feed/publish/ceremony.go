package publish

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"paperweight/store/feed/trust"
)

// Step is one step of the ceremony in which a feed gets its keys.
type Step struct {
	Title string `json:"title"`
	// Where is the machine or the people.
	Where string `json:"where"`
	// Why is what goes wrong without it.
	Why string `json:"why"`
	// Commands are what to type, in order.
	Commands []string `json:"commands,omitempty"`
	// Missing says what is not there yet; Done is that nothing is.
	Missing []string `json:"missing,omitempty"`
	Done    bool     `json:"done"`
}

// ceremony returns the steps; repo is nil until all public keys are there.
func ceremony(dir string, missing []string, repo *trust.Repository) []Step {
	var steps []Step
	for _, offline := range []bool{true, false} {
		steps = append(steps, keyStep(offline, missing))
	}
	steps = append(steps, Step{
		Title: "Prepare the first root",
		Where: "the machine that publishes",
		Why: "The root names every key and how many of them must sign. Read the key IDs that the custodians noted " +
			"aloud and compare: a public key that was exchanged on its way here signs for ever.",
		Commands: []string{"paperweight feed key " + filepath.Join(dir, "ceremony", "*.pub"), "paperweight feed init --dir " + dir},
		Missing:  missing,
		Done:     repo != nil,
	})
	if repo == nil {
		return append(steps, signStep(dir, nil), publishStep(dir, false), anchorStep(dir, false))
	}
	published := len(repo.Expiries()) > 0
	pending := repo.Pending()
	if published {
		pending = nil // what waits now is not the ceremony's
	}
	sign := signStep(dir, pending)
	sign.Done = published || len(sign.Missing) == 0
	return append(steps, sign, publishStep(dir, published), anchorStep(dir, published))
}

// keyStep makes the keys of the offline roles, or of the online ones.
func keyStep(offline bool, missing []string) Step {
	s := Step{
		Title: "Make the offline keys", Where: "for each key a machine without a network, and its custodian",
		Why: "Root, targets and snapshots decide what every node believes. A key that was ever on a machine with a network " +
			"may be somebody else's as well, and two on one machine are one key.",
	}
	if !offline {
		s.Title, s.Where = "Make the online keys", "the machine that publishes, or its HSM (paperweight feed key --help)"
		s.Why = "Deltas, snapshot and timestamp are signed many times a day. Who steals them can forge a change, which the " +
			"nodes' guards limit, until they are rotated; he can't replace the list."
	}
	for _, role := range trust.Roles() {
		if (role == trust.Root || role == trust.Targets || role == trust.Snapshots) != offline {
			continue
		}
		wanted := trust.Thresholds()[role]
		for n := 1; n <= wanted[1]; n++ {
			name := fmt.Sprintf("%s-%d", role, n)
			s.Commands = append(s.Commands,
				fmt.Sprintf("openssl genpkey -algorithm ed25519 -out %s.pem && chmod 400 %s.pem", name, name),
				fmt.Sprintf("openssl pkey -in %s.pem -pubout -out %s.pub", name, name))
			of := func(file string) bool { return strings.TrimSuffix(filepath.Base(file), ".pub") == name }
			if i := slices.IndexFunc(missing, of); i >= 0 {
				s.Missing = append(s.Missing, missing[i])
			}
		}
	}
	s.Done = len(s.Missing) == 0
	return s
}

func signStep(dir string, pending []trust.Pending) Step {
	s := Step{
		Title: "Sign root, targets and the empty lists", Where: "each custodian, with the directory carried to the offline machine",
		Why: "Enough custodians have to agree, so that one alone, or one who is robbed, can do nothing. In any order, on any day.",
	}
	for _, p := range pending {
		if p.Missing > 0 {
			s.Missing = append(s.Missing, fmt.Sprintf("%s: %d more of %d keys", p.Role, p.Missing, len(p.Open)+len(p.Signed)))
		}
	}
	for _, role := range trust.Roles()[:4] {
		for n := 1; n <= trust.Thresholds()[role][0]; n++ {
			s.Commands = append(s.Commands, fmt.Sprintf("paperweight feed sign --dir %s --key %s-%d.pem", dir, role, n))
		}
	}
	return s
}

func publishStep(dir string, done bool) Step {
	return Step{
		Title: "Publish", Where: "the machine that publishes", Done: done,
		Why:      "The first publication is empty: what follows is signed by the keys that the root names, or refused.",
		Commands: []string{"paperweight feed publish --dir " + dir + " --key deltas-1.pem --key snapshot-1.pem --key timestamp-1.pem"},
	}
}

func anchorStep(dir string, published bool) Step {
	s := Step{
		Title: "Carry the trust anchor to the nodes", Where: "every node's operator",
		Why: "A node believes what this file says, so it must not come by the way that it secures: by hand, by post, " +
			"with its SHA-256 read aloud over the telephone. Whether a node has it can't be seen from here.",
		Commands: []string{
			"sha256sum " + filepath.Join(dir, "public", "root.json"),
			"paperweight serve --feed https://FEED.EXAMPLE/ --feed-root root.json",
		},
	}
	if !published {
		s.Missing = []string{filepath.Join(dir, "public", "root.json")}
	}
	return s
}
