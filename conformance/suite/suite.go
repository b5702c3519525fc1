package suite

import (
	"slices"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// Case, T, Conn and Answer are judge's: cases name them on every line.
type (
	Case   = judge.Case
	T      = judge.T
	Conn   = judge.Conn
	Answer = judge.Answer
)

const (
	should = judge.Should
	tgpp   = octets.Vendor3GPP
	// nobodys is an application of the vendors' range that nobody has: an EIR
	// may well be an HSS too, and serve S6a.
	nobodys = 0xfffffff0
)

// Cases returns every case, in the order of documents and clauses.
func Cases() []Case {
	return slices.Concat(
		rfc6733x2x1(), rfc6733x3(), rfc6733x3identifiers(),
		rfc6733x4(), rfc6733x4x1lengths(), rfc6733x4x3(),
		rfc6733x5x3(), rfc6733x5x3x1(), rfc6733x5x3x2(), rfc6733x5x4(), rfc6733x5x4own(), rfc6733x5x5(), rfc6733x5x6(),
		rfc6733x6x1(), rfc6733x6x2(),
		rfc6733x7(), rfc6733x7x1x3(), rfc6733x7x1x5(),
		rfc6733x13(), rfc6733x13x1(),
		rfc3539(), rfc7683(), rfc7683x5x2(), rfc7683x8(), rfc7944(),
		ts29272x6x2(), ts29272x6x2x1x3(), malformed(), ts29272unknown(), ts29272x7(),
	)
}

// stimulus is a request that gets a certain answer.
type stimulus struct {
	name string
	make func(c *Conn) octets.Message
	// code is the Result-Code that the answer should have; 0 where that
	// depends on the equipment.
	code uint32
}

// checks are ECRs without fault.
func checks(t *T) []stimulus {
	all := []stimulus{{"a check", func(c *Conn) octets.Message { return c.ECR(t.AnyPhone()) }, 0}}
	for _, list := range [][]string{t.Subject.Equipment.Tracked, t.Subject.Equipment.Permitted, t.Subject.Equipment.Unknown} {
		if len(list) > 0 {
			all = append(all, stimulus{"a check", func(c *Conn) octets.Message { return c.ECR(list[0]) }, 0})
		}
	}
	return all
}

// faults are ECRs that get an error, of each kind that leaves the connection
// open.
func faults(t *T) []stimulus {
	phone := t.AnyPhone()
	return []stimulus{
		{"an unknown command", func(c *Conn) octets.Message {
			m := c.ECR(phone)
			m.Command = 8388607
			return m
		}, 3001},
		{"another application", func(c *Conn) octets.Message {
			m := c.ECR(phone)
			m.App = nobodys
			return m
		}, 3007},
		{"another host", func(c *Conn) octets.Message {
			return c.ECR(phone).With(octets.Text(octets.DestinationHost, "other."+t.Subject.Realm))
		}, 3002},
		{"another realm", func(c *Conn) octets.Message {
			return c.ECR(phone).Replace(octets.DestinationRealm, octets.Text(octets.DestinationRealm, "epc.example.net"))
		}, 3003},
		{"no Terminal-Information", func(c *Conn) octets.Message {
			return c.ECR(phone).Without(octets.TerminalInformation)
		}, 5005},
		{"two of Terminal-Information", func(c *Conn) octets.Message {
			return c.ECR(phone).With(octets.Phone("00100104000008", ""))
		}, 5009},
		{"an unknown AVP with the M bit", func(c *Conn) octets.Message {
			return c.ECR(phone).With(octets.Text(16777000, "?"))
		}, 5001},
	}
}
