package mme

import (
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
)

// Answer is what came back.
type Answer struct {
	// Status is permitted, prohibited, tracked, unknown, or error where the
	// EIR gave no answer about the equipment.
	Status string `json:"status"`
	// ResultCode is the Result-Code; 0 where there was none.
	ResultCode uint32 `json:"result_code,omitempty"`
	// ExperimentalResult is the Experimental-Result-Code; 0 where there was none.
	ExperimentalResult uint32 `json:"experimental_result,omitempty"`
	// EquipmentStatus is TS 29.272 7.3.51; nil where there was none.
	EquipmentStatus *int32 `json:"equipment_status,omitempty"`
	// FailedAVP is the code of the AVP at fault; 0 where there was none.
	FailedAVP uint32 `json:"failed_avp,omitempty"`
	// Message is the Error-Message.
	Message string `json:"error_message,omitempty"`
	// OriginHost is who answered, behind any relay.
	OriginHost string `json:"origin_host"`
	// Took is from sending to having read the answer.
	Took time.Duration `json:"took_ns"`
}

// read takes from an answer what an MME takes from it.
func read(m *diam.Message, took time.Duration) Answer {
	a := Answer{Took: took}
	a.ResultCode = number(m, avp.ResultCode)
	if g := group(m, avp.ExperimentalResult); g != nil {
		for _, inner := range g.AVP {
			if n, ok := inner.Data.(datatype.Unsigned32); ok && inner.Code == avp.ExperimentalResultCode {
				a.ExperimentalResult = uint32(n)
			}
		}
	}
	if found, err := m.FindAVP(avp.EquipmentStatus, vendor3GPP); err == nil {
		if n, ok := found.Data.(datatype.Enumerated); ok {
			status := int32(n)
			a.EquipmentStatus = &status
		}
	}
	if g := group(m, avp.FailedAVP); g != nil && len(g.AVP) > 0 {
		a.FailedAVP = g.AVP[0].Code
	}
	a.Message = text(m, avp.ErrorMessage)
	a.OriginHost = text(m, avp.OriginHost)
	a.Status = a.status()
	return a
}

func (a *Answer) status() string {
	switch {
	// TS 29.272 6.2.1.3: the status of known equipment comes with success.
	case a.ResultCode == diam.Success && a.EquipmentStatus != nil:
		switch *a.EquipmentStatus {
		case 0:
			return "permitted"
		case 1:
			return "prohibited"
		case 2:
			return "tracked"
		}
	// TS 29.272 7.4.3.4.
	case a.ExperimentalResult == equipmentUnknown:
		return "unknown"
	}
	return "error"
}

func number(m *diam.Message, code int) uint32 {
	if found, err := m.FindAVP(code, 0); err == nil {
		if n, ok := found.Data.(datatype.Unsigned32); ok {
			return uint32(n)
		}
	}
	return 0
}

func group(m *diam.Message, code int) *diam.GroupedAVP {
	if found, err := m.FindAVP(code, 0); err == nil {
		if g, ok := found.Data.(*diam.GroupedAVP); ok {
			return g
		}
	}
	return nil
}

func text(m *diam.Message, code int) string {
	found, err := m.FindAVP(code, 0)
	if err != nil {
		return ""
	}
	switch s := found.Data.(type) {
	case datatype.UTF8String:
		return string(s)
	case datatype.DiameterIdentity:
		return string(s)
	}
	return ""
}
