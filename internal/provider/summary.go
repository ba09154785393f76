package provider

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/locale"
	"frontdesk/internal/localtime"
)

// Summary says a week in a few words, days that are alike together: "Mon–Fri
// 09:00–17:00", "Mon, Wed 09:00–12:00, 13:00–17:00". Each line is of one kind of
// day; no work at all is no line.
func Summary(l *locale.Locale, week []Span) []string {
	days := map[string][]int{}
	var order []string
	for weekday := 1; weekday <= 7; weekday++ {
		times := dayTimes(week, weekday)
		if times == "" {
			continue
		}
		if len(days[times]) == 0 {
			order = append(order, times)
		}
		days[times] = append(days[times], weekday)
	}
	lines := make([]string, len(order))
	for i, times := range order {
		lines[i] = dayNames(l, days[times]) + " " + times
	}
	return lines
}

// dayTimes is one day's spans: "09:00–12:00, 13:00–17:00".
func dayTimes(week []Span, weekday int) string {
	var times []string
	for _, span := range week {
		if span.Weekday == weekday {
			times = append(times, localtime.Clock(span.Starts)+"–"+localtime.Clock(span.Ends))
		}
	}
	slices.Sort(times)
	return strings.Join(times, ", ")
}

// dayNames joins weekdays; three or more in a row become a range.
func dayNames(l *locale.Locale, weekdays []int) string {
	var names []string
	for i := 0; i < len(weekdays); {
		last := i
		for last+1 < len(weekdays) && weekdays[last+1] == weekdays[last]+1 {
			last++
		}
		if last-i < 2 {
			names = append(names, shortDay(l, weekdays[i]))
			i++
			continue
		}
		names = append(names, shortDay(l, weekdays[i])+"–"+shortDay(l, weekdays[last]))
		i = last + 1
	}
	return strings.Join(names, ", ")
}

func shortDay(l *locale.Locale, weekday int) string {
	return l.T(fmt.Sprintf("provider.day_short_%d", weekday))
}
