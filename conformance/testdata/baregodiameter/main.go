// Command baregodiameter is an EIR as most people would write one with
// go-diameter and its state machine: it prints its address and answers each
// check from a file of IMEIs (status,imei a line). It is a subject on which the
// conformance suite proves that it can fail.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/fiorix/go-diameter/v4/diam/sm"
)

const (
	host  = "eir.epc.example.org"
	realm = "epc.example.org"
)

var statuses = map[string]datatype.Enumerated{"permitted": 0, "prohibited": 1, "tracked": 2}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	list := flag.String("list", "", "file of status,imei")
	flag.Parse()
	phones, err := read(*list)
	if err != nil {
		log.Fatal(err)
	}
	machine := sm.New(&sm.Settings{
		OriginHost: host, OriginRealm: realm, VendorID: 10415, ProductName: "bare", OriginStateID: 1700000000, FirmwareRevision: 1,
		HostIPAddresses: []datatype.Address{datatype.Address(net.IPv4(127, 0, 0, 1))},
	})
	machine.HandleIdx(diam.CommandIndex{AppID: diam.TGPP_S13_APP_ID, Code: 324, Request: true}, check(phones))
	go func() {
		for range machine.ErrorReports() { // a channel that nobody reads blocks the machine
		}
	}()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	log.Fatal(diam.Serve(l, machine))
}

func read(name string) (map[string]datatype.Enumerated, error) {
	phones := map[string]datatype.Enumerated{}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		status, imei, _ := strings.Cut(lines.Text(), ",")
		phones[imei] = statuses[status]
	}
	return phones, lines.Err()
}

type ecr struct {
	SessionID string `avp:"Session-Id"`
	Terminal  struct {
		IMEI string `avp:"IMEI"`
	} `avp:"Terminal-Information"`
}

func check(phones map[string]datatype.Enumerated) diam.HandlerFunc {
	return func(c diam.Conn, m *diam.Message) {
		var request ecr
		if err := m.Unmarshal(&request); err != nil {
			log.Print(err)
			return
		}
		status, known := phones[request.Terminal.IMEI]
		var a *diam.Message
		if known {
			a = m.Answer(diam.Success)
		} else {
			a = diam.NewMessage(m.Header.CommandCode, m.Header.CommandFlags&^diam.RequestFlag, m.Header.ApplicationID,
				m.Header.HopByHopID, m.Header.EndToEndID, dict.Default)
			a.NewAVP(avp.ExperimentalResult, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(10415)),
				diam.NewAVP(avp.ExperimentalResultCode, avp.Mbit, 0, datatype.Unsigned32(5422)),
			}})
		}
		a.InsertAVP(diam.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String(request.SessionID)))
		a.NewAVP(avp.AuthSessionState, avp.Mbit, 0, datatype.Enumerated(1))
		a.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(host))
		a.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(realm))
		if known {
			a.NewAVP(avp.EquipmentStatus, avp.Mbit|avp.Vbit, 10415, status)
		}
		if _, err := a.WriteTo(c); err != nil {
			log.Print(err)
		}
	}
}
