package localtime

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// MinutesOfDay are those that clocks show between two midnights, on every day.
const MinutesOfDay = 24 * 60

// MinuteOf returns the minutes past midnight that clocks show at an instant.
func MinuteOf(t time.Time, zone *time.Location) int {
	local := t.In(zone)
	return local.Hour()*60 + local.Minute()
}

// timeOfDay is what a time field sends (HTML, 2.3.4.3), seconds included, which
// must be none; people leave out a leading zero.
var timeOfDay = regexp.MustCompile(`^(\d{1,2}):([0-5]\d)(?::00)?$`)

// ParseMinute reads a time of day, HH:MM, as minutes past midnight, 0 to 1439.
func ParseMinute(text string) (int, bool) {
	minute, ok := readMinute(text)
	return minute, ok && minute < MinutesOfDay
}

// ParseEnd reads the time at which something ends, 1 to 1440. What ends at
// midnight ends at 00:00 on a clock, which has no 24:00; both are read.
func ParseEnd(text string) (int, bool) {
	minute, ok := readMinute(text)
	if minute == 0 {
		minute = MinutesOfDay
	}
	return minute, ok && minute <= MinutesOfDay
}

func readMinute(text string) (int, bool) {
	parts := timeOfDay.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	hour, hourErr := strconv.Atoi(parts[1])
	minute, minuteErr := strconv.Atoi(parts[2])
	return hour*60 + minute, hourErr == nil && minuteErr == nil
}

// Clock writes minutes past midnight as a clock shows them: "09:05". A day ends at
// "24:00", as ISO 8601 has it.
func Clock(minute int) string { return clocks[minute] }

// clocks are all times of day, written once: a calendar shows hundreds.
var clocks = func() (texts [MinutesOfDay + 1]string) {
	for minute := range texts {
		texts[minute] = fmt.Sprintf("%02d:%02d", minute/60, minute%60)
	}
	return texts
}()
