package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is in microseconds. In a closed loop it counts from the clock
// reading before the request was written, in an open one from when the request
// was due, to the clock reading after its answer was read.
type Latency struct {
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99.9"`
	P9999 float64 `json:"p99.99"`
	Max   float64 `json:"max"`
}

// newHistogram counts nanoseconds up to a minute, to three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Minute), 3) }

func latencyOf(h *hdrhistogram.Histogram) Latency {
	return Latency{
		P50: quantile(h, 50), P90: quantile(h, 90), P99: quantile(h, 99),
		P999: quantile(h, 99.9), P9999: quantile(h, 99.99), Max: us(h.Max()),
	}
}

func quantile(h *hdrhistogram.Histogram, q float64) float64 { return us(h.ValueAtQuantile(q)) }

func us(ns int64) float64 { return float64(ns) / 1000 }
