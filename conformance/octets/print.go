package octets

import (
	"fmt"
	"strings"
	"sync"

	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
)

// description is what the dictionary says of an AVP.
type description struct {
	name    string
	grouped bool
	number  bool
	text    bool
}

type key struct{ code, vendor uint32 }

// dictionary is that of go-diameter, whatever the application, and what it
// leaves out.
var dictionary = sync.OnceValue(func() map[key]description {
	d := map[key]description{
		{301, 0}: {name: "DRMP", number: true}, {621, 0}: {name: "OC-Supported-Features", grouped: true},
		{622, 0}: {name: "OC-Feature-Vector"}, {623, 0}: {name: "OC-OLR", grouped: true},
		{624, 0}: {name: "OC-Sequence-Number"}, {625, 0}: {name: "OC-Validity-Duration", number: true},
		{626, 0}: {name: "OC-Report-Type", number: true}, {627, 0}: {name: "OC-Reduction-Percentage", number: true},
	}
	for _, app := range dict.Default.Apps() {
		for _, a := range app.AVP {
			n := description{name: a.Name}
			switch a.Data.Type {
			case datatype.GroupedType:
				n.grouped = true
			case datatype.Unsigned32Type, datatype.EnumeratedType, datatype.Integer32Type:
				n.number = true
			case datatype.UTF8StringType, datatype.DiameterIdentityType, datatype.DiameterURIType:
				n.text = true
			}
			d[key{a.Code, a.VendorID}] = n
		}
	}
	return d
})

func describe(code, vendor uint32) (description, bool) {
	d, ok := dictionary()[key{code, vendor}]
	return d, ok
}

// AVPName returns the AVP's name and code, for people.
func AVPName(code, vendor uint32) string {
	if d, ok := describe(code, vendor); ok {
		return fmt.Sprintf("%s %d", d.name, code)
	}
	if vendor != 0 {
		return fmt.Sprintf("AVP %d of vendor %d", code, vendor)
	}
	return fmt.Sprintf("AVP %d", code)
}

var commandNames = map[uint32]string{257: "Capabilities-Exchange", 280: "Device-Watchdog", 282: "Disconnect-Peer", 324: "ME-Identity-Check"}

// Show decodes octets for people: one line for the header and one for each AVP,
// as far as they can be read.
func Show(b []byte) string {
	m, err := Parse(b)
	if len(b) < HeaderLen || m.Command == 0 && err != nil {
		return fmt.Sprintf("%d octets, no Diameter message (%v)\n", len(b), err)
	}
	var s strings.Builder
	name := commandNames[m.Command]
	if name == "" {
		name = "command"
	}
	kind := "-Answer"
	if m.Flags&Request != 0 {
		kind = "-Request"
	}
	fmt.Fprintf(&s, "%s%s %d", name, kind, m.Command)
	for _, f := range []struct {
		bit  uint8
		name string
	}{{Request, "R"}, {Proxiable, "P"}, {ErrorBit, "E"}, {Retransmitted, "T"}} {
		if m.Flags&f.bit != 0 {
			s.WriteString(" " + f.name)
		}
	}
	if m.Flags&Reserved != 0 {
		fmt.Fprintf(&s, " reserved:%#x", m.Flags&Reserved)
	}
	fmt.Fprintf(&s, ", application %d, hop-by-hop %#x, end-to-end %#x, %d octets\n", m.App, m.HopByHop, m.EndToEnd, len(b))
	show(&s, m.AVPs, 1)
	if err != nil {
		fmt.Fprintf(&s, "  unreadable from here: %v\n", err)
	}
	return s.String()
}

// most bounds what is printed of one level and of one value.
const most = 40

func show(s *strings.Builder, avps []AVP, depth int) {
	indent := strings.Repeat("  ", depth)
	for i, a := range avps {
		if i == most {
			fmt.Fprintf(s, "%s... and %d more\n", indent, len(avps)-i)
			return
		}
		fmt.Fprintf(s, "%s%s", indent, AVPName(a.Code, a.vendor()))
		flags := ""
		for _, f := range []struct {
			bit  uint8
			name string
		}{{V, "V"}, {M, "M"}, {P, "P"}} {
			if a.Flags&f.bit != 0 {
				flags += f.name
			}
		}
		if a.Flags&0x1f != 0 {
			flags += fmt.Sprintf("+%#x", a.Flags&0x1f)
		}
		if flags != "" {
			fmt.Fprintf(s, " [%s]", flags)
		}
		d, _ := describe(a.Code, a.vendor())
		inner, err := a.Inner()
		v, isNumber := a.Uint32()
		switch {
		case d.grouped && err == nil && depth < maxDepth:
			s.WriteString(":\n")
			show(s, inner, depth+1)
			continue
		case d.number && isNumber:
			fmt.Fprintf(s, " = %d", v)
		case d.text:
			fmt.Fprintf(s, " = %q", clip(a.Data))
		default:
			fmt.Fprintf(s, " = 0x%x", clip(a.Data))
		}
		if len(a.Data) > 4*most {
			fmt.Fprintf(s, "... %d octets", len(a.Data))
		}
		s.WriteByte('\n')
	}
}

func clip(b []byte) []byte { return b[:min(len(b), 4*most)] }
