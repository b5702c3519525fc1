package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"paperweight/conformance/load"
)

func parseRates(s string) ([]float64, error) {
	var rates []float64
	for part := range strings.SplitSeq(s, ",") {
		r, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(r > 0 && r <= 1e8) {
			return nil, fmt.Errorf("--rate: %q is no rate: a number of requests a second, at most 100000000", part)
		}
		rates = append(rates, r)
	}
	return rates, nil
}

// parseMix reads FILE=WEIGHT[:VERDICT],...
func parseMix(s string) ([]load.Part, error) {
	var parts []load.Part
	for text := range strings.SplitSeq(s, ",") {
		name, rest, ok := cutLast(text, "=")
		weight, expect, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(weight)
		if !ok || err != nil {
			return nil, fmt.Errorf("--mix: %q is not FILE=WEIGHT or FILE=WEIGHT:VERDICT", text)
		}
		imeis, err := readIMEIs(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, load.Part{Name: name, IMEIs: imeis, Weight: n, Expect: expect})
	}
	return parts, nil
}

// parsePriorities reads VALUE=WEIGHT,...
func parsePriorities(s string) ([]load.Share, error) {
	if s == "" {
		return nil, nil
	}
	var shares []load.Share
	for text := range strings.SplitSeq(s, ",") {
		value, weight, _ := strings.Cut(text, "=")
		share := load.Share{Priority: load.NoPriority}
		var err, noValue error
		if value != "none" {
			share.Priority, noValue = strconv.Atoi(value)
		}
		share.Weight, err = strconv.Atoi(weight)
		if errors.Join(err, noValue) != nil || share.Priority < 0 && value != "none" {
			return nil, fmt.Errorf("--priority: %q is not VALUE=WEIGHT, a value being 0 to 15 or none", text)
		}
		shares = append(shares, share)
	}
	return shares, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
