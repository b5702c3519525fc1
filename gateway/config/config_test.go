package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// TestExampleFeedIsDefaultFeed holds the feed that stands in comments to the
// truth.
func TestExampleFeedIsDefaultFeed(t *testing.T) {
	text := string(DefaultYAML)
	_, text, _ = strings.Cut(text, "which are the defaults:\n")
	text, _, _ = strings.Cut(text, "feeds: []")
	got, err := Parse([]byte("feeds:\n" + regexp.MustCompile(`(?m)^#`).ReplaceAllString(text, "")))
	if err != nil || len(got.Feeds) != 1 {
		t.Fatalf("%v: %+v", err, got.Feeds)
	}
	want := DefaultFeed()
	want.Name, want.Root = NationalFeed, "/etc/paperweight/national-root.json"
	want.Mirrors = []string{"https://feed.example.org", "https://mirror.example.org/feed"}
	if diff := cmp.Diff(want, got.Feeds[0], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-DefaultFeed +YAML:\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func TestFeedsKeepTheirDefaults(t *testing.T) {
	c, err := Parse([]byte(`feeds:
- {name: national, root: r.json, mirrors: ["file:///media/feed"], guard: {update: {blocked: 7}, protected: ["00440100", "00440199000001-00440199000009"]}}
- {name: neighbour, root: n.json, mirrors: ["https://n.example.org"], spool: /var/spool/n}
`))
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	f := c.Feeds[0]
	if g := f.Guard; g.Update.Blocked != 7 || g.Update.Freed != 5_000_000 || g.MinShare != 0.9 || len(g.Protected) != 2 || g.Protected[1].To.String() != "00440199000009" {
		t.Errorf("guard %+v", g)
	}
	if a, b := f.Dir("data"), c.Feeds[1].Dir("data"); a != "data/feeds/national" || b != "/var/spool/n" {
		t.Errorf("directories %s, %s", a, b)
	}
}

// What default.yaml shows of a feed are the defaults.
func TestDefaultYAMLShowsAFeed(t *testing.T) {
	_, example, ok := strings.Cut(string(DefaultYAML), "\n#  - name: national\n")
	example, _, end := strings.Cut(example, "\nfeeds: []\n")
	if !ok || !end {
		t.Fatal("default.yaml shows no feed")
	}
	c, err := Parse([]byte(strings.ReplaceAll("feeds:\n#  - name: national\n"+example, "\n#", "\n")))
	if err != nil || len(c.Feeds) != 1 {
		t.Fatal(err, len(c.Feeds))
	}
	want := DefaultFeed()
	want.Name, want.Root, want.Mirrors = c.Feeds[0].Name, c.Feeds[0].Root, c.Feeds[0].Mirrors
	if diff := cmp.Diff(want, c.Feeds[0], cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
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
	// feed is a feed with one of its keys changed.
	feed := func(change string) string {
		keys := map[string]string{"name": "national", "root": "r.json", "mirrors": "['https://feed.example.org']"}
		key, value, _ := strings.Cut(change, ": ")
		keys[key] = value
		var all []string
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			all = append(all, k+": "+keys[k])
		}
		return "feeds:\n- {" + strings.Join(all, ", ") + "}\n"
	}
	peer := "diameter:\n  peers:\n    - {host: mme.example.org, realm: example.org, addresses: [192.0.2.1]}\n"
	for text, want := range map[string]string{
		"nod:\n  origin_host: x\n":                                                                         "line 1: field nod is no key here",
		"node:\n  origin: x\n":                                                                             "line 2: field origin is no key here",
		"policy:\n  malformed:\n    short: unknown\n":                                                      "line 3: field short is no key here",
		"policy:\n  malformed:\n    null: prohibited\n":                                                    `c.yaml: line 3: a key is null: for the word, write "null" in quotes`,
		"policy:\n  unknown: maybe\n":                                                                      `line 2: "maybe" is no status`,
		"policy:\n  order: [narrow, wide]\n":                                                               `line 2: "wide" is no criterion`,
		"policy:\n  unknown: unable\n":                                                                     "c.yaml:2: policy.unknown: unable can't be answered here",
		"policy:\n  order: [narrow, narrow]\n":                                                             "c.yaml:2: policy.order: narrow stands there twice",
		"policy:\n  profile: closed\n":                                                                     `c.yaml:2: policy.profile: no policy profile "closed"`,
		"node:\n  shutdown_within: soon\n":                                                                 "line 2: cannot unmarshal !!str `soon` into time.Duration",
		"node:\n  shutdown_within: 1ms\n":                                                                  "c.yaml:2: node.shutdown_within: 1ms is less than 1s",
		"node: {origin_host: a b}\n":                                                                       `c.yaml:1: node.origin_host: "a b" is no domain name`,
		"node: {origin_host: eir.epc.example.org.}\n":                                                      `c.yaml:1: node.origin_host: "eir.epc.example.org." has a dot too many`,
		"diameter:\n  listen: ['127.0.0.1:1', '127.0.0.1:1']\n":                                            "c.yaml:2: diameter.listen: 127.0.0.1:1 is in use already, by 127.0.0.1:1 of diameter.listen",
		"diameter:\n  listen: ['127.0.0.1:1', '[::ffff:127.0.0.1]:1']\n":                                   "c.yaml:2: diameter.listen: 127.0.0.1:1 is in use already, by 127.0.0.1:1 of diameter.listen",
		"diameter:\n  listen: ['127.0.0.1:9313']\n":                                                        "c.yaml:2: diameter.listen: 127.0.0.1:9313 is in use already, by 127.0.0.1:9313 of admin.listen",
		"diameter:\n  tls: {listen: ['127.0.0.1:3868'], cert: c, key: k, ca: a}\n":                         "c.yaml:2: diameter.tls.listen: 127.0.0.1:3868 is in use already, by 127.0.0.1:3868 of diameter.listen",
		peer + "  listen: ['0.0.0.0:1', '[::1]:1']\n":                                                      "c.yaml:4: diameter.listen: [::1]:1 is in use already, by 0.0.0.0:1 of diameter.listen",
		"node: {origin_realm: ''}\n":                                                                       "c.yaml:1: node.origin_realm: a domain name is needed",
		"diameter:\n  listen: []\n":                                                                        "c.yaml:2: diameter.listen: at least one",
		"diameter:\n  listen: [localhost:1]\n":                                                             `c.yaml:2: diameter.listen[0]: "localhost:1" is not IP:PORT`,
		"diameter:\n  listen: ['0.0.0.0:3868']\n":                                                          "name the peers in diameter.peers",
		"diameter:\n  tls:\n    listen: ['127.0.0.1:5658']\n":                                              "c.yaml:3: diameter.tls.cert: a file in PEM is needed",
		"diameter:\n  tls: {listen: ['0.0.0.0:5658'], cert: c, key: k, ca: a}\n":                           "c.yaml:2: diameter.tls.listen[0]: 0.0.0.0:5658 is not a loopback address",
		"diameter: {tls: {handshake_timeout: 1ms}}\n":                                                      "diameter.tls.handshake_timeout: 1ms is less than",
		"diameter: {tls: {max_handshakes: 0}}\n":                                                           "diameter.tls.max_handshakes: at least 1",
		"diameter:\n  peers:\n  - {host: a, realm: b, tls: true}\n":                                        "c.yaml:3: diameter.peers[0].tls: a must use TLS, and nothing listens",
		"diameter:\n  peers:\n  - {host: a, realm: b}\n":                                                   "c.yaml:3: diameter.peers[0].addresses: at least one IP address or prefix is needed, or tls: true",
		"diameter:\n  sctp: {listen: ['0.0.0.0:3868']}\n":                                                  "c.yaml:2: diameter.sctp.listen[0]: 0.0.0.0:3868 is not a loopback address",
		"diameter:\n  sctp: {listen: ['127.0.0.1:3868', '127.0.0.2:3869']}\n":                              "c.yaml:2: diameter.sctp: 127.0.0.1:3868 and 127.0.0.2:3869: the addresses of an endpoint have one port",
		"diameter:\n  sctp: {rto_min: 3s}\n":                                                               "c.yaml:2: diameter.sctp: a retransmission timeout of at most 2s",
		"diameter: {default_priority: 0}\n":                                                                "diameter.default_priority: 0 is not 1 to 15",
		"diameter: {max_rate: -1}\n":                                                                       "diameter.max_rate: -1 is less than 0",
		"diameter: {max_backlog: 0s}\n":                                                                    "diameter.max_backlog: 0s is less than 1ms",
		"diameter: {realms: ['a b']}\n":                                                                    "diameter.realms[0]: \"a b\" is no domain name",
		"diameter: {watchdog: 5s}\n":                                                                       "diameter.watchdog: 5s is less than 6s",
		"diameter: {max_message: 4194308}\n":                                                               "c.yaml:1: diameter.max_message: 4194308 is more than the 4194304",
		"diameter: {max_connections: 0}\n":                                                                 "diameter.max_connections: 0 is less than 1",
		"diameter: {max_unidentified: -1}\n":                                                               "diameter.max_unidentified: -1 is less than 0",
		"diameter: {close_timeout: 1ms}\n":                                                                 "diameter.close_timeout: 1ms is less than 100ms",
		"diameter:\n  peers:\n  - {host: a}\n":                                                             "c.yaml:3: diameter.peers[0].realm: a domain name is needed",
		"diameter:\n  peers:\n  - {host: a, realm: b}":                                                     "c.yaml:3: diameter.peers[0].addresses: at least one",
		peer + "    - {host: MME.example.org, realm: example.org, addresses: ['::1']}\n":                   "c.yaml:4: diameter.peers[1].host: MME.example.org stands there twice",
		peer + "    - {host: b, realm: b, addresses: ['::1']}\n  max_connections: 1\n":                     "c.yaml:5: diameter.max_connections: 1 is less than one for each of the 2 peers",
		peer + "    - {host: b, realm: b, addresses: ['::ffff:0.0.0.0/90']}\n":                             "holds more than IPv4 addresses",
		peer + "    - {host: b, realm: b, addresses: [10.0.0.0/33]}\n":                                     "is neither an IP address nor a prefix",
		"diameter:\n  peers:\n    - {host: EIR.epc.example.org, realm: example.org, addresses: ['::1']}\n": "c.yaml:3: diameter.peers[0].host: EIR.epc.example.org is this node itself",
		"admin: {listen: '192.0.2.1:9313'}\n":                                                              "has no authentication",
		"admin: {listen: ':9313'}\n":                                                                       "is not IP:PORT",
		"store: {cache_bytes: 1}\n":                                                                        "store.cache_bytes: it must be at least",
		"store: {data: ''}\n":                                                                              "store.data: a directory is needed",
		"import: {bad_share: 75}\n":                                                                        "c.yaml:1: import.bad_share: 75 is no share",
		"import:\n  lists:\n    barred: {min_share: 0.5}\n":                                                "c.yaml:3: import.lists.barred: max_loss is missing",
		"import:\n  lists:\n    barred: {min_shar: 0.5}\n":                                                 "line 3: field min_shar is no key here",
		feed("name: operator"):                                                                             "c.yaml:2: feeds[0].name: operator is the source of the operator's own",
		feed("name: No 1"):                                                                                 `c.yaml:2: feeds[0].name: "No 1" is no name`,
		feed("name: dirbs-blacklist"):                                                                      "feeds[0].name: dirbs-blacklist is the source of imported files",
		feed("root: ''"):                                                                                   "feeds[0].root: the file of the trust anchor is needed",
		feed("mirrors: []"):                                                                                "feeds[0].mirrors: at least one URL",
		feed("mirrors: [feed.example.org]"):                                                                `feeds[0].mirrors[0]: mirror "feed.example.org": use https://HOST/PATH`,
		feed("verify: 1s"):                                                                                 "feeds[0].verify: 1s is less than 1m0s",
		feed("poll: 1ms"):                                                                                  "feeds[0].poll: 1ms is less than 1s",
		feed("guard: {update: {blocked_share: 5}}"):                                                        "feeds[0].guard: update: a share is 0 to 1",
		feed("rank: -1"):                                                                                   "feeds[0].rank: the first is 0",
		feed("guard: {protected: ['0044']}"):                                                               `line 2: "0044" is no range`,
		feed("guard: {proteced: []}"):                                                                      "line 2: field proteced is no key here",
		feed("gard: {}"):                                                                                   "line 2: field gard is no key here",
		feed("limits: {idle: -1s}"):                                                                        "feeds[0].limits.idle: it can't be below 0",
		feed("poll: 2s") + strings.TrimPrefix(feed("poll: 2s"), "feeds:\n"):                                "c.yaml:3: feeds[1].name: national stands there twice",
		"log: {level: loud}\n":                                                                             `log.level: "loud" is none of`,
		"log: {format: xml}\n":                                                                             `log.format: "xml" is neither json nor console`,
		"log:\n  level: info\n---\nlog: {}\n":                                                              "a second YAML document",
		"log: [\n":                                                                                         "yaml: line",
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

// What is allowed and most likely a mistake.
func TestDoubts(t *testing.T) {
	c := Default()
	if got := c.Doubts(); len(got) != 0 {
		t.Errorf("the defaults: %q", got)
	}
	c.Node.OriginHost = "EIR.EPC.Example.org"
	if got := c.Doubts(); len(got) != 0 {
		t.Errorf("in other letters: %q", got)
	}
	c.Node.OriginHost = "eir.example.com"
	if got := c.Doubts(); len(got) != 1 || !strings.Contains(got[0], "node.origin_host eir.example.com is not in node.origin_realm epc.example.org") {
		t.Errorf("a host of another realm: %q", got)
	}
}

func TestPeersOpenTheDoor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	text := "diameter:\n  listen: ['0.0.0.0:3868']\n  peers:\n  - {host: m, realm: r, addresses: [192.0.2.1, 10.0.0.0/8, '::ffff:192.0.2.2', '::ffff:10.1.0.0/112']}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Read(path, func(c *Config) { c.Store.Data = "elsewhere" })
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Diameter.Peers[0].Prefixes()
	if err != nil || fmt.Sprint(got) != "[192.0.2.1/32 10.0.0.0/8 192.0.2.2/32 10.1.0.0/16]" {
		t.Errorf("prefixes %v, %v", got, err)
	}
	if c.Diameter.Laboratory() || c.Store.Data != "elsewhere" {
		t.Errorf("a laboratory with peers, or a change was lost: %+v", c)
	}
}

// A file that names no feeds says the same as one whose list of them is empty.
func TestDifferTellsNoListFromNone(t *testing.T) {
	a, b := Default(), Default()
	a.Feeds, b.Feeds = nil, []Feed{}
	a.Diameter.Realms, b.Diameter.Realms = []string{}, nil
	if keys := Differ(a, b); keys != nil {
		t.Errorf("differ: %v", keys)
	}
	b.Feeds, b.Diameter.Realms = []Feed{{Name: "a"}}, []string{"a"}
	if keys := Differ(a, b); fmt.Sprint(keys) != "[diameter.realms feeds]" {
		t.Errorf("differ: %v", keys)
	}
}
