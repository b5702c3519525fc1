package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"paperweight/eir"
)

func TestDefaultYAMLIsDefault(t *testing.T) {
	// The keys that are commented out, because writing them would pin what
	// a profile changes, are held to the truth as well.
	commented := regexp.MustCompile(`(?m)^  #(order|unknown|allow_list_only|not_allowed|malformed|pair_without_imsi|store_failure|no_list|  [a-z_"]+):`)
	whole := commented.ReplaceAllStringFunc(string(DefaultYAML), func(s string) string { return strings.Replace(s, "#", "", 1) })
	if n := len(commented.FindAllString(string(DefaultYAML), -1)); n != 21 {
		t.Errorf("%d policy keys are commented out, want all 21", n)
	}
	for name, text := range map[string]string{"as it stands": string(DefaultYAML), "with every key": whole, "empty": ""} {
		got, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(Default(), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-Default +YAML):\n%s", name, diff)
		}
	}
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDefaultYAMLNamesEveryProfile(t *testing.T) {
	names, _ := eir.Profiles()
	for _, n := range names {
		if !strings.Contains(string(DefaultYAML), "#   "+n+" ") {
			t.Errorf("default.yaml does not tell of profile %s", n)
		}
	}
}

func TestProfileThenAnswers(t *testing.T) {
	c, err := Parse([]byte("policy: {profile: open, store_failure: permitted}"))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := eir.Profile("open")
	want.StoreFailure = eir.Permitted
	if diff := cmp.Diff(want, c.Policy.Policy); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	peer := "diameter:\n  peers:\n    - {host: mme.example.org, realm: example.org, addresses: [192.0.2.1]}\n"
	for text, want := range map[string]string{
		"nod:\n  origin_host: x\n":                                                       "line 1: field nod is no key here",
		"node:\n  origin: x\n":                                                           "line 2: field origin is no key here",
		"policy:\n  malformed:\n    short: unknown\n":                                    "line 3: field short is no key here",
		"policy:\n  unknown: maybe\n":                                                    `line 2: "maybe" is no status`,
		"policy:\n  order: [narrow, wide]\n":                                             `line 2: "wide" is no criterion`,
		"policy:\n  unknown: unable\n":                                                   "c.yaml:2: policy.unknown: unable can't be answered here",
		"policy:\n  order: [narrow, narrow]\n":                                           "c.yaml:2: policy.order: narrow stands there twice",
		"policy:\n  profile: closed\n":                                                   `c.yaml:2: policy.profile: no policy profile "closed"`,
		"node:\n  shutdown_within: soon\n":                                               "line 2: cannot unmarshal !!str `soon` into time.Duration",
		"node:\n  shutdown_within: 1ms\n":                                                "c.yaml:2: node.shutdown_within: 1ms is less than 1s",
		"node: {origin_host: a b}\n":                                                     `c.yaml:1: node.origin_host: "a b" is no domain name`,
		"node: {origin_realm: ''}\n":                                                     "c.yaml:1: node.origin_realm: a domain name is needed",
		"diameter:\n  listen: []\n":                                                      "c.yaml:2: diameter.listen: at least one",
		"diameter:\n  listen: [localhost:1]\n":                                           `c.yaml:2: diameter.listen[0]: "localhost:1" is not IP:PORT`,
		"diameter:\n  listen: ['0.0.0.0:3868']\n":                                        "name the peers in diameter.peers",
		"diameter: {watchdog: 5s}\n":                                                     "diameter.watchdog: 5s is less than 6s",
		"diameter: {max_message: 16777216}\n":                                            "more than a Diameter message can have",
		"diameter: {max_connections: 0}\n":                                               "diameter.max_connections: 0 is less than 1",
		"diameter:\n  peers:\n  - {host: a}\n":                                           "c.yaml:3: diameter.peers[0].realm: a domain name is needed",
		"diameter:\n  peers:\n  - {host: a, realm: b}":                                   "c.yaml:3: diameter.peers[0].addresses: at least one",
		peer + "    - {host: MME.example.org, realm: example.org, addresses: ['::1']}\n": "c.yaml:4: diameter.peers[1].host: MME.example.org stands there twice",
		peer + "    - {host: b, realm: b, addresses: [10.0.0.0/33]}\n":                   "is neither an IP address nor a prefix",
		"diameter:\n  peers:\n    - {host: EIR.epc.example.org, realm: example.org, addresses: ['::1']}\n": "c.yaml:3: diameter.peers[0].host: EIR.epc.example.org is this node itself",
		"admin: {listen: '192.0.2.1:9313'}\n":               "has no authentication",
		"admin: {listen: ':9313'}\n":                        "is not IP:PORT",
		"store: {cache_bytes: 1}\n":                         "store.cache_bytes: it must be at least",
		"store: {data: ''}\n":                               "store.data: a directory is needed",
		"import: {bad_share: 75}\n":                         "c.yaml:1: import.bad_share: 75 is no share",
		"import:\n  lists:\n    barred: {min_share: 0.5}\n": "c.yaml:3: import.lists.barred: max_loss is missing",
		"import:\n  lists:\n    barred: {min_shar: 0.5}\n":  "line 3: field min_shar is no key here",
		"log: {level: loud}\n":                              `log.level: "loud" is none of`,
		"log: {format: xml}\n":                              `log.format: "xml" is neither json nor console`,
		"log:\n  level: info\n---\nlog: {}\n":               "a second YAML document",
		"log: [\n":                                          "yaml: line",
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error %v, want the file and %q", text, err, want)
		}
	}
}

func TestPeersOpenTheDoor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	text := "diameter:\n  listen: ['0.0.0.0:3868']\n  peers:\n  - {host: m, realm: r, addresses: [192.0.2.1, 10.0.0.0/8]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Read(path, func(c *Config) { c.Store.Data = "elsewhere" })
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Diameter.Peers[0].Prefixes()
	if err != nil || len(got) != 2 || got[0].String() != "192.0.2.1/32" || got[1].String() != "10.0.0.0/8" {
		t.Errorf("prefixes %v, %v", got, err)
	}
	if c.Diameter.Laboratory() || c.Store.Data != "elsewhere" {
		t.Errorf("a laboratory with peers, or a change was lost: %+v", c)
	}
}
