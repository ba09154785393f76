package booking

import (
	"cmp"
	"slices"
	"time"

	"frontdesk/internal/localtime"
)

const (
	// freeTimes is how many are offered in place of a time that is taken.
	freeTimes = 6
	// freeDays is how far ahead they are looked for.
	freeDays = 28
	// freeInterval is every how many minutes of the clock a time is offered.
	freeInterval = 15
	// freeRounding rounds the times that follow another appointment directly.
	freeRounding = 5 * time.Minute
)

// Period is from one instant until before another.
type Period struct{ From, Until time.Time }

// FreeTimes returns starts at which the plan would fit: inside working hours with
// its buffers, over nothing busy, in the zone of the wanted time; the nearest to
// the wanted one first, from its own day on. Nothing that has passed is offered,
// unless what was wanted had passed as well. busy is when the provider cannot take
// anybody, in the order of time.
func FreeTimes(plan Plan, hours *Hours, busy []Period, zone *time.Location, now time.Time) []time.Time {
	wanted := plan.StartsAt.In(zone)
	open := hours.open(wanted, wanted.AddDate(0, 0, freeDays+1), zone)
	var found []time.Time
	for day := range freeDays {
		date := localtime.DayOf(wanted, zone).AddDate(0, 0, day)
		for _, start := range candidates(plan, date, busy, zone) {
			if fits(plan, start, open, busy) && (start.After(now) || wanted.Before(now)) {
				found = append(found, start)
			}
		}
		if len(found) >= freeTimes && day > 0 {
			break
		}
	}
	slices.SortFunc(found, func(a, b time.Time) int {
		return cmp.Or(cmp.Compare(a.Sub(wanted).Abs(), b.Sub(wanted).Abs()), a.Compare(b))
	})
	found = slices.CompactFunc(found, time.Time.Equal)
	return found[:min(len(found), freeTimes)]
}

// candidates are the grid's times of a day, and those right after what is busy: edge to
// edge leaves no gap that nobody can use. Times that exist twice are left out: a button
// cannot ask which.
func candidates(plan Plan, date time.Time, busy []Period, zone *time.Location) []time.Time {
	var starts []time.Time
	for minute := 0; minute < localtime.MinutesOfDay; minute += freeInterval {
		if found := localtime.Instants(date, minute, zone); len(found) == 1 {
			starts = append(starts, found[0])
		}
	}
	for _, taken := range busy {
		after := taken.Until.Add(plan.BufferBefore + freeRounding - 1).Truncate(freeRounding).In(zone)
		if localtime.DayOf(after, zone).Equal(date) && len(localtime.Instants(date, localtime.MinuteOf(after, zone), zone)) == 1 {
			starts = append(starts, after)
		}
	}
	return starts
}

func fits(plan Plan, start time.Time, open, busy []Period) bool {
	plan.StartsAt = start
	if !within(open, plan.OccupiedFrom(), plan.OccupiedUntil()) {
		return false
	}
	return !slices.ContainsFunc(busy, func(taken Period) bool { return plan.overlaps(taken.From, taken.Until) })
}
