package peer

// Step takes one event. The cases are the rows of the table in appendix A, in
// its order. The rows of AttemptOpen are kept though a node that only answers
// calls attempts nothing: the peer will call.
func (w *Watchdog) Step(t Tick, e WatchdogEvent) WatchdogActions {
	switch s := w.status; {
	// OKAY          Receive DWA          Pending = FALSE
	//                                    SetWatchdog()        OKAY
	case s == Okay && e == ReceiveDWA:
		w.pending = false
		w.set(t)
		return 0

	// OKAY          Receive non-DWA      SetWatchdog()        OKAY
	case s == Okay && e == ReceiveNonDWA:
		w.set(t)
		return 0

	// SUSPECT       Receive DWA          Pending = FALSE
	//                                    Failback()
	//                                    SetWatchdog()        OKAY
	case s == Suspect && e == ReceiveDWA:
		w.pending = false
		w.set(t)
		w.status = Okay
		return Failback

	// SUSPECT       Receive non-DWA      Failback()
	//                                    SetWatchdog()        OKAY
	case s == Suspect && e == ReceiveNonDWA:
		w.set(t)
		w.status = Okay
		return Failback

	// REOPEN        Receive DWA &        Pending = FALSE
	//               NumDWA == 2          NumDWA++
	//                                    Failback()           OKAY
	case s == Reopen && e == ReceiveDWA && w.numDWA == 2:
		w.pending = false
		w.numDWA++
		w.status = Okay
		return Failback

	// REOPEN        Receive DWA &        Pending = FALSE
	//               NumDWA < 2           NumDWA++             REOPEN
	case s == Reopen && e == ReceiveDWA:
		w.pending = false
		w.numDWA++
		return 0

	// REOPEN        Receive non-DWA      Throwaway()          REOPEN
	case s == Reopen && e == ReceiveNonDWA:
		return Throwaway

	// INITIAL       Receive DWA          Pending = FALSE
	//                                    Throwaway()          INITIAL
	case s == Initial && e == ReceiveDWA:
		w.pending = false
		return Throwaway

	// INITIAL       Receive non-DWA      Throwaway()          INITIAL
	case s == Initial && e == ReceiveNonDWA:
		return Throwaway

	// DOWN          Receive DWA          Pending = FALSE
	//                                    Throwaway()          DOWN
	case s == Down && e == ReceiveDWA:
		w.pending = false
		return Throwaway

	// DOWN          Receive non-DWA      Throwaway()          DOWN
	case s == Down && e == ReceiveNonDWA:
		return Throwaway

	// OKAY          Timer expires &      SendWatchdog()
	//               !Pending             SetWatchdog()
	//                                    Pending = TRUE       OKAY
	case s == Okay && e == TimerExpires && !w.pending:
		w.set(t)
		w.pending = true
		return SendWatchdog

	// OKAY          Timer expires &      Failover()
	//               Pending              SetWatchdog()        SUSPECT
	case s == Okay && e == TimerExpires:
		w.set(t)
		w.status = Suspect
		return Failover

	// SUSPECT       Timer expires        CloseConnection()
	//                                    SetWatchdog()        DOWN
	case s == Suspect && e == TimerExpires:
		w.set(t)
		w.status = Down
		return CloseConnection

	// INITIAL       Timer expires        AttemptOpen()
	//                                    SetWatchdog()        INITIAL
	case s == Initial && e == TimerExpires:
		w.set(t)
		return 0

	// DOWN          Timer expires        AttemptOpen()
	//                                    SetWatchdog()        DOWN
	case s == Down && e == TimerExpires:
		w.set(t)
		return 0

	// REOPEN        Timer expires &      SendWatchdog()
	//               !Pending             SetWatchdog()
	//                                    Pending = TRUE       REOPEN
	case s == Reopen && e == TimerExpires && !w.pending:
		w.set(t)
		w.pending = true
		return SendWatchdog

	// REOPEN        Timer expires &      CloseConnection()
	//               Pending &            SetWatchdog()
	//               NumDWA < 0                                DOWN
	case s == Reopen && e == TimerExpires && w.numDWA < 0:
		w.set(t)
		w.status = Down
		return CloseConnection

	// REOPEN        Timer expires &      NumDWA = -1
	//               Pending &            SetWatchdog()
	//               NumDWA >= 0                               REOPEN
	case s == Reopen && e == TimerExpires:
		w.numDWA = -1
		w.set(t)
		return 0

	// INITIAL       Connection up        SetWatchdog()        OKAY
	case s == Initial && e == ConnectionUp:
		w.set(t)
		w.status = Okay
		return 0

	// DOWN          Connection up        NumDWA = 0
	//                                    SendWatchdog()
	//                                    SetWatchdog()
	//                                    Pending = TRUE       REOPEN
	case s == Down && e == ConnectionUp:
		w.numDWA = 0
		w.set(t)
		w.pending = true
		w.status = Reopen
		return SendWatchdog

	// OKAY          Connection down      CloseConnection()
	//                                    Failover()
	//                                    SetWatchdog()        DOWN
	case s == Okay && e == ConnectionDown:
		w.set(t)
		w.status = Down
		return CloseConnection | Failover

	// SUSPECT       Connection down      CloseConnection()
	//                                    SetWatchdog()        DOWN
	case s == Suspect && e == ConnectionDown:
		w.set(t)
		w.status = Down
		return CloseConnection

	// REOPEN        Connection down      CloseConnection()
	//                                    SetWatchdog()        DOWN
	case s == Reopen && e == ConnectionDown:
		w.set(t)
		w.status = Down
		return CloseConnection
	}
	// What is left can't be: a connection up twice, or down twice.
	return 0
}
