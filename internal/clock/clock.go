// Package clock gives the program its idea of now, so that tests choose it.
package clock

import "time"

// Clock returns the current instant.
type Clock func() time.Time

// System is the machine's clock.
func System() time.Time { return time.Now() }

// Fixed returns a clock that stands still at t.
func Fixed(t time.Time) Clock { return func() time.Time { return t } }
