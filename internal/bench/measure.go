package bench

import (
	"context"
	"slices"
	"sync"
	"time"
)

// measure does the thing that is measured, once.
type measure func(context.Context) error

// side is one of those that are compared.
type side struct {
	name    string
	measure measure
	// before, if there is one, makes ready for a round and is not measured.
	before func(context.Context) error
}

// alternate measures each side, by so many at once, once a round, so that what else the machine does
// falls on all of them, and returns each side's rates a second. The first round
// warms up and does not count.
func alternate(ctx context.Context, clients int, sides []side) ([][]float64, error) {
	rates := make([][]float64, len(sides))
	for round := range rounds + 1 {
		for i, side := range sides {
			if side.before != nil {
				if err := side.before(ctx); err != nil {
					return nil, err
				}
			}
			rate, err := rateOf(ctx, clients, side.measure)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				rates[i] = append(rates[i], rate)
			}
		}
	}
	return rates, nil
}

// rateOf runs one measurement of so many clients at once.
func rateOf(ctx context.Context, clients int, do measure) (float64, error) {
	var wait sync.WaitGroup
	counts, failures := make([]int, clients), make([]error, clients)
	began := time.Now()
	until := began.Add(roundTime)
	for client := range clients {
		wait.Go(func() {
			for time.Now().Before(until) {
				if err := do(ctx); err != nil {
					failures[client] = err
					return
				}
				counts[client]++
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	total := 0
	for client, count := range counts {
		if failures[client] != nil {
			return 0, failures[client]
		}
		total += count
	}
	return float64(total) / took.Seconds(), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// medianRatio is the median of the rounds' own ratios.
func medianRatio(above, below []float64) float64 {
	ratios := make([]float64, len(above))
	for i := range above {
		ratios[i] = above[i] / below[i]
	}
	return median(ratios)
}
