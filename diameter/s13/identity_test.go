package s13

import (
	"strings"
	"testing"

	"paperweight/diameter/wire"
)

func TestNewIdentity(t *testing.T) {
	for name, c := range map[string]Capabilities{
		"our Origin-Host":  {OriginRealm: "epc.example.org", ProductName: "P"},
		"our Origin-Realm": {OriginHost: "eir.epc.example.org", OriginRealm: "epc example", ProductName: "P"},
		"255":              {OriginHost: strings.Repeat("a", 256), OriginRealm: "epc.example.org", ProductName: "P"},
		"default priority": {OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org", ProductName: "P", DefaultPriority: 16},
		"Product-Name":     {OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org"},
	} {
		if _, err := NewIdentity(c); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(name, "5")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every AVP of a grammar is in the dictionary, and what must be ignored too.
func TestDictionary(t *testing.T) {
	d, all := newDictionary(), newCommands()
	for _, g := range []grammar{all.ecr, all.cer, all.dwr, all.dpr} {
		for _, r := range g {
			if !d.knows(r.code, r.vendor) || d.grouped(r.code, r.vendor) != (r.inside != nil || r.code == wire.ProxyInfo || r.code == wire.OCSupportedFeatures || r.code == wire.VendorSpecificApplicationID) {
				t.Errorf("AVP %d of vendor %d: %+v", r.code, r.vendor, d[wire.KeyOf(r.code, r.vendor)])
			}
			if r.below != 0 && !d[wire.KeyOf(r.code, r.vendor)].fixed {
				t.Errorf("AVP %d has values, but not of four octets", r.code)
			}
		}
	}
	for code := wire.OCSupportedFeatures; code <= wire.OCReductionPercentage; code++ {
		if !d.knows(code, 0) {
			t.Errorf("overload AVP %d is not known", code)
		}
	}
	if !d.knows(wire.DRMP, 0) || !d.grouped(wire.FailedAVP, 0) || d.knows(0xfffe, 0) {
		t.Error("DRMP, Failed-AVP or an unknown AVP")
	}
}
