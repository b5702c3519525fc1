//go:build mutation

package main

// mutant is one defect of the front, made by hand: in file, old becomes new.
// Old stands there once. By begins the ID of a case that must find it.
type mutant struct{ name, file, old, new, by string }

// mutants are defects that people make: what is forgotten, swapped, one off, or
// done in the wrong place.
var mutants = []mutant{
	{"no P bit in ECAs", "s13/answer.go", "Flags:    flags | r.Flags&wire.FlagProxiable,", "Flags:    flags,", "rfc6733/6.2/p-bit-set-checks"},
	{"the T bit comes back", "s13/answer.go", "Flags:    flags | r.Flags&wire.FlagProxiable,", "Flags:    flags | r.Flags&(wire.FlagProxiable|wire.FlagRetransmitted),", "rfc6733/3/t-bit"},
	{"reserved bits come back", "s13/answer.go", "flags := h.Flags & wire.FlagProxiable", "flags := h.Flags &^ wire.FlagRequest", "rfc6733/3/reserved-bits-of-answers"},
	{"End-to-End of the wrong field", "s13/answer.go", "EndToEnd: r.EndToEnd,", "EndToEnd: r.HopByHop,", "rfc6733/6.2/end-to-end-checks"},
	{"no Session-Id in errors", "s13/answer.go", "	b = appendSessionID(b, msg)\n", "", "rfc6733/6.2/session-id-errors"},
	{"no Failed-AVP", "s13/answer.go", "if len(f.Failed) > 0 {", "if len(f.Failed) > 1<<20 {", "rfc6733/7.1.5/example-of-what-is-missing"},
	{"Error-Message with the M bit", "s13/answer.go", "wire.AppendAVP(b, wire.ErrorMessage, 0, 0, f.Message)", "wire.AppendAVP(b, wire.ErrorMessage, 0, wire.FlagMandatory, f.Message)", "rfc6733/7.3/error-message"},
	{"no Proxy-Info in ECAs", "s13/answer.go", "b = append(b, r.proxies...)", "_ = r.proxies", "rfc6733/6.2/proxy-info-checks"},
	{"all between two Proxy-Infos is copied", "s13/answer.go", "if len(r.proxies) == r.proxyLen {", "if r.proxyLen >= 0 {", "rfc6733/6.2/proxy-info-apart"},
	{"tracked and prohibited swapped", "s13/answer.go", "case eir.Tracked:\n		body = id.tracked", "case eir.Tracked:\n		body = id.prohibited", "ts29272/6.2.1/tracked"},
	{"no E bit", "s13/fault.go", "return f.ResultCode/1000 == 3", "return f.ResultCode == 3", "rfc6733/7.1.3/e-bit"},
	{"the E bit of 5xxx too", "s13/fault.go", "return f.ResultCode/1000 == 3", "return f.ResultCode/1000 >= 3", "rfc6733/7.1.5/e-bit"},
	{"a Result-Code beside 5422", "s13/identity.go", "	b, at := wire.BeginGroup(b, wire.ExperimentalResult, 0, wire.FlagMandatory)", "	b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, wire.DiameterSuccess)\n	b, at := wire.BeginGroup(b, wire.ExperimentalResult, 0, wire.FlagMandatory)", "ts29272/7.4.3.4/no-result-code"},
	{"names compared with their case", "s13/scan.go", "	if len(b) != len(s) {\n		return false\n	}\n	for i", "	if len(b) != len(s) || len(b) > 0 {\n		return false\n	}\n	for i", "rfc6733/4.3.1/"},
	{"E bit in a request served", "s13/scan.go", "uint32(wire.FlagRequest|wire.FlagError)<<24", "uint32(wire.FlagRequest)<<24", "rfc6733/3/e-bit-in-request"},
	{"what is unknown is ignored, M bit or not", "s13/scan.go", "(known || flags&wire.FlagMandatory == 0)", "(known || flags&wire.FlagMandatory == 0 || key != 0)", "rfc6733/4.1/unknown-avp-with-m"},
	{"any other realm is ours", "s13/examine.go", "	case r.otherRealm:", "	case r.otherRealm && r.otherHost:", "rfc6733/6.1.6/other-realm"},
	{"loops are not seen", "s13/examine.go", "routing.loop = routing.loop || SameName(a.Data, id.own.OriginHost)", "routing.loop = false", "rfc6733/6.1.3/loop"},
	{"occurrences are not counted", "s13/examine.go", "if *seen&(1<<i) != 0 && !g[i].many {", "if *seen&(1<<i) != 0 && g[i].many {", "rfc6733/7.1.5/twice-"},
	{"what is missing is not missed", "s13/examine.go", "if first == nil && g[i].required && seen&(1<<i) == 0 {", "if first == nil && g[i].required && seen == 0 {", "rfc6733/7.1.5/without-"},
	{"the relay is nobody's peer", "s13/capabilities.go", "!slices.Contains(peer.Applications, wire.AppS13) && !slices.Contains(peer.Applications, wire.AppRelay)", "!slices.Contains(peer.Applications, wire.AppS13)", "rfc6733/5.3/relay"},
	{"every application is common", "s13/capabilities.go", "!slices.Contains(peer.Applications, wire.AppS13) && !slices.Contains(peer.Applications, wire.AppRelay)", "len(peer.Applications) == 0", "rfc6733/5.3/no-common-application"},
	{"no Host-IP-Address", "s13/capabilities.go", "		b = appendAddress(b, addr)", "		_ = addr", "rfc6733/5.3.2/grammar"},
	{"Product-Name with the M bit", "s13/capabilities.go", "b = wire.AppendAVP(b, wire.ProductName, 0, 0, id.own.ProductName)", "b = wire.AppendAVP(b, wire.ProductName, 0, wire.FlagMandatory, id.own.ProductName)", "rfc6733/4.5/product-name"},
	{"the IMSI is not read", "s13/request.go", "	imsi := r.UserName\n", "	imsi := r.UserName[:0]\n", "ts29272/6.2.1/pair-with-its-imsi"},
	{"any message length is taken", "wire/frame.go", "length%4 != 0 || length > min(limit, MaxMessage)", "length > 1<<24", "rfc6733/"},
	{"AVPs may end in their padding's place", "wire/avp.go", "if end < data || Padded(end) > len(b) {", "if end < data || end > Padded(len(b)+1) {", "rfc6733/4.1/length-one-over"},
	{"a message in pieces is lost", "conn.go", "	c.r, c.w = 0, copy(c.in, left)\n", "	c.r, c.w = 0, 0\n", "rfc6733/2.1/"},
	{"answers are answered", "message.go", "	if !h.Request() {\n		c.answer(&h)\n		return\n	}", "	if !h.Request() {\n		c.out = append(c.out, msg...)\n		return\n	}", "rfc6733/3/unknown-answer"},
	{"a peer may connect twice", "table.go", "	if e.conn != nil {\n		return false\n	}", "	if e.conn != nil && e.conn == c {\n		return false\n	}", "rfc6733/5.6/second-connection"},
	{"strangers are let in", "table.go", "return UnknownPeer, false", "return UnknownPeer, true", "rfc6733/5.3/unknown-peer"},
	{"who sends no CER first may stay", "message.go", "	c.refusal.Cause = NotACER\n	c.step(peer.RcvMessage)\n", "	c.refusal.Cause = NotACER\n", "rfc6733/5.6.1/first-a-check"},
	{"DPRs get no answer", "peer/machine.go", "	case RcvDPR:\n		m.to(Closing, now.Add(m.timeouts.Close))\n		return SndDPA", "	case RcvDPR:\n		m.to(Closing, now.Add(m.timeouts.Close))\n		return 0", "rfc6733/5.4/"},
	{"a second DWR while one is out", "peer/rfc3539.go", "	case s == Okay && e == TimerExpires:\n		w.set(t)\n		w.status = Suspect\n		return Failover", "	case s == Okay && e == TimerExpires:\n		w.set(t)\n		w.status = Suspect\n		return SendWatchdog", "rfc3539/3.4.1/one-outstanding"},
	{"silent peers are kept for ever", "peer/rfc3539.go", "	case s == Suspect && e == TimerExpires:\n		w.set(t)\n		w.status = Down\n		return CloseConnection", "	case s == Suspect && e == TimerExpires:\n		w.set(t)\n		return 0", "rfc3539/3.4.1/closes"},
	{"traffic does not reset Tw", "peer/rfc3539.go", "	case s == Okay && e == ReceiveNonDWA:\n		w.set(t)", "	case s == Okay && e == ReceiveNonDWA:", "rfc3539/3.4.1/traffic"},
	{"one DWA is enough of a trial", "peer/rfc3539.go", "	case s == Reopen && e == ReceiveDWA && w.numDWA == 2:", "	case s == Reopen && e == ReceiveDWA:", "rfc3539/3.4.1/three-answers"},
}

// stressed are defects that show only in a register that is driven to where it
// refuses, fails or stops. By is the ID of the case that must find it.
var stressed = []mutant{
	{"what is shed is dropped", "gate.go", "	c.out, code = c.srv.id.AppendBusy(c.out, &c.req)", "	_, code = c.srv.id.AppendBusy(c.out, &c.req)", "rfc6733/6.2/over-the-rate"},
	{"what is shed is permitted", "s13/overload.go", "appendAnswer(b, r, wire.FlagError, id.busy, 0, nil), wire.DiameterTooBusy", "appendAnswer(b, r, 0, id.permitted, 0, nil), wire.DiameterSuccess", "rfc6733/6.2/over-the-rate"},
	{"what is shed has no E bit", "s13/overload.go", "appendAnswer(b, r, wire.FlagError, id.busy, 0, nil)", "appendAnswer(b, r, 0, id.busy, 0, nil)", "rfc7683/8/over-the-rate"},
	{"what names us is shed without a reason", "s13/overload.go", "appendAnswer(b, r, 0, id.busyHere, 0, nil)", "appendAnswer(b, r, 0, id.foreign, 0, nil)", "rfc7683/8/destination-host"},
	{"every priority has the whole rate", "rate.go", "b.debt+b.cost <= shares[priority]", "b.debt+b.cost <= shares[0]", "rfc7944/8/lower-first"},
	{"the rate of a peer is everybody's", "gate.go", "	g.peer.cost = c.peerCost.Load()\n", "	g.peer.cost = 0\n	s.meter.cost.Store(c.peerCost.Load())\n", "rfc7683/8/other-peers"},
	{"a debt is never paid", "gate.go", "g.peer.debt = max(0, g.peer.debt-elapsed)", "g.peer.debt = max(0, g.peer.debt-0*elapsed)", "rfc7683/8/afterwards"},
	{"reports go to who announced nothing", "message.go", "	if c.req.Loss {\n		c.req.Report = c.doic.current()\n	}", "	if r := c.doic.current(); r != nil {\n		c.req.Loss, c.req.Features, c.req.Report = true, true, r\n	}", "rfc7683/5.1.2/report-not-announced"},
	{"a report of more than everything", "doic.go", "Reduction: after, Validity: reportValidity}", "Reduction: after * 100, Validity: reportValidity}", "rfc7683/7.3/report"},
	{"the sequence stands still", "doic.go", "s13.Report{Sequence: d.next(now), Reduction: after,", "s13.Report{Sequence: 1, Reduction: after,", "rfc7683/5.2.1.4/sequence"},
	{"reports never end", "doic.go", "d.reduction *= math.Pow(easing, seconds); d.reduction < 0.01", "d.reduction *= math.Pow(easing, 0*seconds); d.reduction < 0.01", "rfc7683/5.2.3/end"},
	{"no DPR at the end", "peer/machine.go", "	case Stop:\n		m.to(Closing, now.Add(m.timeouts.Close))\n		return SndDPR", "	case Stop:\n		m.to(Closing, now.Add(m.timeouts.Close))\n		return 0", "rfc6733/5.4/own-dpr"},
	{"a DPR for no reason", "base.go", "c.endToEnd(), c.wish.Load()-1)", "c.endToEnd(), c.wish.Load()+2)", "rfc6733/5.4.1/own-dpr-grammar"},
	{"no wait for the DPA", "peer/machine.go", "	case Stop:\n		m.to(Closing, now.Add(m.timeouts.Close))\n		return SndDPR", "	case Stop:\n		m.to(Closed, time.Time{})\n		return SndDPR", "rfc6733/5.6/own-dpr-waits"},
	{"what crosses the DPR is dropped", "peer/machine.go", "	case RcvMessage:\n		return Process\n\n	// The peer may still", "	case RcvMessage:\n		return 0\n\n	// The peer may still", "rfc6733/6.2/crossing-own-dpr"},
	{"every life has one Origin-State-Id", "server.go", "OriginStateID: cfg.OriginStateID,", "OriginStateID: 1,", "rfc6733/8.16/restart"},
	{"what can't be read is permitted", "s13/answer.go", "body, result = id.unable, wire.DiameterUnableToComply", "body, result = id.permitted, wire.DiameterSuccess", "ts29272/6.2.1.3/store-fails"},
	{"what can't be read gets no answer", "message.go", "	c.out, code = c.srv.id.AppendECA(c.out, &c.req, &v)\n", "	out := c.out\n	if c.out, code = c.srv.id.AppendECA(c.out, &c.req, &v); v.Rule == eir.RuleStoreFailure {\n		c.out = out\n	}\n", "rfc6733/6.2/store-fails"},
}
