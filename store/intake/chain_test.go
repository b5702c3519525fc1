package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"paperweight/store"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// step is one import of a story: files, and what becomes of it.
type step struct {
	files []intake.File
	job   intake.Job
	// want is "held", "gap", "step back", "refused" or empty for applied.
	want string
	// says is a part of the error.
	says string
	// then is what is listed after it: serial numbers.
	then string
}

func play(t *testing.T, source string, steps []step) {
	t.Helper()
	st := open(t)
	for i, s := range steps {
		s.job.Files = s.files
		_, err := run(st, s.job)
		var held *intake.Held
		var refused *intake.Refused
		got := ""
		switch {
		case err == nil:
		case errors.As(err, &held):
			got = "held"
		case errors.Is(err, store.ErrSequenceGap):
			got = "gap"
		case errors.Is(err, store.ErrStepBack):
			got = "step back"
		case errors.As(err, &refused):
			got = "refused"
		default:
			t.Fatalf("step %d: %v", i+1, err)
		}
		if got != s.want || err != nil && !strings.Contains(err.Error(), s.says) {
			t.Fatalf("step %d: got %q (%v), want %q that says %q", i+1, got, err, s.want, s.says)
		}
		var serials []string
		for _, line := range strings.Split(strings.TrimSpace(listed(t, st, source)), "\n") {
			if f := strings.Fields(line); len(f) > 1 {
				serials = append(serials, strings.TrimLeft(f[1], "0"))
			}
		}
		if then := strings.Join(serials, " "); then != s.then {
			t.Fatalf("step %d: listed %q, want %q", i+1, then, s.then)
		}
	}
}

// full is a full blacklist of a day of October 2017, delta a part of a run.
func full(day int, imeis ...int) intake.File {
	return list(fmt.Sprintf("201710%02d_120000_blacklist.csv", day), imeiLines(imeis))
}

func delta(day, base, run int, event string, imeis ...int) intake.File {
	return list(fmt.Sprintf("201710%02d_120000_blacklist_delta_%d_%d_%s.csv", day, base, run, event), imeiLines(imeis))
}

func imeiLines(imeis []int) string {
	var b strings.Builder
	b.WriteString("imei,block_date,reasons\n")
	for _, i := range imeis {
		fmt.Fprintf(&b, "%014d,20171016,stolen\n", i)
	}
	return b.String()
}

func files(f ...intake.File) []intake.File { return f }

func TestDeltaChain(t *testing.T) {
	t.Run("from empty, then run after run", func(t *testing.T) {
		play(t, "dirbs-blacklist", []step{
			{files: files(delta(1, 3, 5, "blocked", 1)), want: "gap", says: "import the full list first"},
			{files: files(delta(1, -1, 5, "unblocked")), want: "gap", says: "begin with its part blocked"},
			{files: files(delta(1, -1, 5, "unblocked", 9), delta(1, -1, 5, "blocked", 1, 2, 3, 4), delta(1, -1, 5, "changed")), then: "1 2 3 4"},
			{files: files(delta(2, 5, 6, "blocked", 5), delta(2, 5, 6, "unblocked", 1), delta(2, 5, 6, "changed", 2)), then: "2 3 4 5"},
			{files: files(delta(2, 5, 6, "blocked", 5)), want: "step back", says: "part blocked of run 6 was applied already", then: "2 3 4 5"},
			{files: files(delta(1, -1, 5, "blocked", 1)), want: "step back", says: "run 6 was applied already, so run 5", then: "2 3 4 5"},
			{files: files(delta(4, 7, 8, "blocked", 6)), want: "gap", says: "apply the delta with base 6 first", then: "2 3 4 5"},
			{files: files(delta(4, 5, 8, "blocked", 6)), want: "gap", says: "the delta begins at 5", then: "2 3 4 5"},
			{files: files(delta(3, 6, 7, "blocked", 6), delta(4, 7, 8, "blocked", 7)), want: "refused", says: "one run at a time", then: "2 3 4 5"},
			{files: files(delta(3, 6, 7, "blocked", 6), delta(3, 6, 7, "blocked", 7)), want: "refused", says: "given twice", then: "2 3 4 5"},
			// A re-base replaces the whole list.
			{files: files(delta(9, -1, 20, "blocked", 2, 3, 4, 8)), then: "2 3 4 8"},
		})
	})
	t.Run("parts one by one", func(t *testing.T) {
		play(t, "dirbs-blacklist", []step{
			{files: files(delta(1, -1, 5, "blocked", 1, 2, 3, 4, 9)), then: "1 2 3 4 9"},
			{files: files(delta(1, -1, 5, "changed", 1)), then: "1 2 3 4 9"},
			{files: files(delta(1, 4, 5, "unblocked", 9)), want: "step back", says: "from base -1", then: "1 2 3 4 9"},
			{files: files(delta(2, 5, 6, "blocked", 5)), want: "held", says: "these parts never came: unblocked", then: "1 2 3 4 9"},
			{files: files(delta(1, -1, 5, "unblocked", 9)), then: "1 2 3 4"},
			{files: files(delta(2, 5, 6, "blocked", 5)), then: "1 2 3 4 5"},
			{files: files(delta(3, 6, 7, "blocked", 6)), job: intake.Job{Confirm: true}, then: "1 2 3 4 5 6"},
		})
	})
	t.Run("after a full list, by the date", func(t *testing.T) {
		play(t, "dirbs-blacklist", []step{
			{files: files(full(10, 1, 2, 3, 4)), then: "1 2 3 4"},
			{files: files(delta(9, 5, 6, "blocked", 5)), want: "step back", says: "older than the full list", then: "1 2 3 4"},
			{files: files(delta(10, 6, 7, "blocked", 5)), then: "1 2 3 4 5"},
			{files: files(full(9, 1, 2, 3, 4)), want: "held", says: "a step back would free", then: "1 2 3 4 5"},
			{files: files(full(9, 1, 2, 3, 4)), job: intake.Job{Confirm: true}, then: "1 2 3 4"},
			{files: files(full(11, 1, 2, 3, 6)), then: "1 2 3 6"},
		})
	})
	t.Run("after a list without a date", func(t *testing.T) {
		d := delta(10, 6, 7, "blocked", 5)
		play(t, "dirbs-blacklist", []step{
			{files: files(list("mine.csv", imeiLines([]int{1, 2, 3}))), then: "1 2 3"},
			{files: files(d), want: "held", says: "without a date in its name", then: "1 2 3"},
			{files: files(d), job: intake.Job{Confirm: true}, then: "1 2 3 5"},
		})
	})
}

// TestArchiveOfDIRBS: a full list and the deltas of its run in one zip.
func TestArchiveOfDIRBS(t *testing.T) {
	pack := func(day, base, run int, blocked, unblocked []int, all []int) intake.File {
		stem := fmt.Sprintf("201710%02d_120000_blacklist", day)
		d := fmt.Sprintf("%s_delta_%d_%d_", stem, base, run)
		return archive(t, stem+".zip",
			d+"blocked.csv", imeiLines(blocked), d+"changed.csv", imeiLines(nil), d+"unblocked.csv", imeiLines(unblocked),
			stem+".csv", imeiLines(all), "README.txt", "not a list")
	}
	asDelta := intake.Job{Format: listfile.DIRBSBlacklistDelta}
	play(t, "dirbs-blacklist", []step{
		{files: files(pack(1, -1, 5, []int{1, 2, 3, 4}, nil, []int{1, 2, 3, 4})), then: "1 2 3 4"},
		// The deltas told the run of the full list.
		{files: files(delta(1, -1, 5, "blocked", 1)), want: "step back", says: "has this delta in it", then: "1 2 3 4"},
		{files: files(pack(3, 6, 7, []int{8}, nil, nil)), job: asDelta, want: "gap", says: "apply the delta with base 5 first", then: "1 2 3 4"},
		{files: files(pack(2, 5, 6, []int{5}, []int{1}, []int{9})), job: asDelta, then: "2 3 4 5"},
		{files: files(pack(3, 6, 7, []int{8}, nil, []int{2, 3, 4, 5, 8})), then: "2 3 4 5 8"},
		{files: files(pack(4, 7, 8, []int{8}, nil, nil)), job: intake.Job{Format: listfile.Barred}, want: "refused", says: "no file is of format barred", then: "2 3 4 5 8"},
	})
}

// TestExceptionsOfTwoOperators: one source follows the lists of several.
func TestExceptionsOfTwoOperators(t *testing.T) {
	pairs := func(name string, serials ...int) intake.File {
		text := "imei,imsi\n"
		for _, s := range serials {
			text += fmt.Sprintf("%014d,001010000000001\n", s)
		}
		return list(name, text)
	}
	const imsi = "+001010000000001"
	play(t, "dirbs-exceptions", []step{
		{files: files(pairs("20171001_120000_exceptions_op1.csv", 1), pairs("20171001_120000_exceptions_op2.csv", 2)), then: "1" + imsi + " 2" + imsi},
		{files: files(pairs("20171002_120000_exceptions_op1_delta_5_6_added.csv", 3), pairs("20171002_120000_exceptions_op1_delta_5_6_removed.csv", 1)),
			then: "2" + imsi + " 3" + imsi},
		{files: files(pairs("20171002_120000_exceptions_op2_delta_5_6_added.csv", 4), pairs("20171002_120000_exceptions_op2_delta_5_6_removed.csv")),
			then: "2" + imsi + " 3" + imsi + " 4" + imsi},
		{files: files(pairs("20171003_120000_exceptions_op2_delta_6_7_removed.csv", 4)), job: intake.Job{Confirm: true}, then: "2" + imsi + " 3" + imsi},
		// The list of one is not the list of both.
		{files: files(pairs("20171004_120000_exceptions_op2.csv", 5, 6)), want: "held", says: "entries of operator op1", then: "2" + imsi + " 3" + imsi},
		{files: files(pairs("20171004_120000_exceptions_op1_delta_-1_8_added.csv", 5, 6)), want: "held", says: "entries of operator op2", then: "2" + imsi + " 3" + imsi},
		{files: files(pairs("20171004_120000_exceptions_op1.csv", 5), pairs("20171004_120000_exceptions_op2.csv", 6)), then: "5" + imsi + " 6" + imsi},
	})
}

// TestNotifications: a phone is tracked once, whatever its subscribers do.
func TestNotifications(t *testing.T) {
	f := func(event, lines string) intake.File {
		return list("20171002_120000_notifications_op1_delta_-1_6_"+event+".csv", "imei,imsi,msisdn,block_date,reasons\n"+lines)
	}
	next := func(event, lines string) intake.File {
		return list("20171003_120000_notifications_op1_delta_6_7_"+event+".csv", "imei,imsi,msisdn,block_date,reasons\n"+lines)
	}
	play(t, "dirbs-notifications", []step{
		{files: files(f("new", "00000000000001,001010000000001,,20180401,x\n00000000000001,001010000000002,,20180401,x\n00000000000002,,,20180401,x\n"),
			f("changed", ""), f("resolved", ""), f("blacklisted", ""), f("no_longer_seen", "")), then: "1 2"},
		{files: files(next("no_longer_seen", "00000000000002,,,20180401,x\n"), next("resolved", "00000000000001,001010000000001,,20180401,x\n"),
			next("new", "00000000000001,001010000000003,,20180401,x\n")), then: "1 2"},
	})
}
