// Package bench measures what the project promises, each figure beside what it
// is compared with, alternating in one run: a ratio holds on any machine, a
// number of seconds does not.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"frontdesk/internal/demo"
	"frontdesk/internal/store"
)

const (
	// rounds is how often each side is measured; the figure is the median.
	rounds = 7
	// roundTime is how long one measurement lasts.
	roundTime = 2 * time.Second
	// clients ask at once.
	clients = 8
)

// Pages measures the calendar's day page beside a handler that runs the same guard
// and the same queries and sends fixed bytes, and prints both, and what the program
// holds meanwhile. It starts the database and the server itself, in a temporary folder,
// and stops them.
func Pages(ctx context.Context, output io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "frontdesk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := startStage(ctx, folder, demo.Size{Seed: 1, Tenants: 1, Clients: 500, Appointments: 5000, Messages: 50})
	if err != nil {
		return err
	}
	defer s.stop(&err)
	if err := s.fillDay(ctx); err != nil {
		return err
	}
	page, err := s.visitor.calendar()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, pageFile), page.body, 0o600); err != nil {
		return err
	}
	fmt.Fprintf(output, "The calendar's day page: %d appointments, %d bytes, signed in, all middleware; %d at once, median of %d rounds of %s.\n\n",
		page.appointments, len(page.body), clients, rounds, roundTime)
	if err := s.compareRendering(ctx, output, page); err != nil {
		return err
	}
	return s.memory.print(output)
}

// compareRendering measures the page made anew, kept, and unchanged, each beside fixed
// bytes behind the same guard, which of the last are none; an empty handler, and the
// queries without HTTP.
func (s *stage) compareRendering(ctx context.Context, output io.Writer, page calendarPage) error {
	sides := []side{
		{name: "page, made anew", measure: s.visitor.get(anewPath, "")},
		{name: "fixed bytes, same guard and queries", measure: s.visitor.get(fixedPath, "")},
		{name: "page made anew, compressed", measure: s.visitor.get(anewPath, "br")},
		{name: "fixed bytes, compressed", measure: s.visitor.get(fixedPath, "br")},
		{name: "the queries bare, no HTTP", measure: s.queries()},
		{name: "the guard and one empty answer", measure: s.visitor.askAgain(guardedPath)},
		{name: "an empty Fiber handler", measure: s.visitor.get("/healthz", "")},
		{name: "page, kept", measure: s.visitor.get(calendarPath, "")},
		{name: "fixed bytes, same guard, no queries", measure: s.visitor.get(bytesPath, "")},
		{name: "page, unchanged (204)", before: s.visitor.look, measure: s.visitor.askAgain(calendarPath)},
	}
	if err := s.memory.watch(); err != nil {
		return err
	}
	rates, err := alternate(ctx, clients, sides)
	if err := errors.Join(err, s.memory.unwatch()); err != nil {
		return err
	}
	for i, side := range sides {
		fmt.Fprintf(output, "%-38s %8.0f a second\n", side.name, median(rates[i]))
	}
	fmt.Fprintf(output, "\npage made anew / fixed bytes: %.2f (at least 0.78 is wanted)\n", medianRatio(rates[0], rates[1]))
	fmt.Fprintf(output, "page made anew / fixed bytes, compressed: %.2f (at least 0.72 is wanted)\n", medianRatio(rates[2], rates[3]))
	fmt.Fprintf(output, "page kept / fixed bytes: %.2f (at least 0.95 is wanted)\n", medianRatio(rates[7], rates[8]))
	fmt.Fprintf(output, "page unchanged / an empty answer behind the same guard: %.2f\n", medianRatio(rates[9], rates[5]))
	fmt.Fprintf(output, "one check of the guard, one round trip: %.0f µs of the machine's time, %.0f%% of the page's (at most 15%% is wanted)\n",
		1e6*guardTime(median(rates[5]), median(rates[6])), 100*guardPart(median(rates[0]), median(rates[5]), median(rates[6])))
	return nil
}

// guardTime is how many seconds the guard's check takes: what an answer behind the
// guard takes more than one that is not.
func guardTime(guarded, empty float64) float64 { return 1/guarded - 1/empty }

// guardPart is that as a part of the page's time.
func guardPart(page, guarded, empty float64) float64 { return guardTime(guarded, empty) * page }

// queries runs the page's queries through the store, without HTTP.
func (s *stage) queries() measure {
	return func(ctx context.Context) error { return ask(s.clinicContext(ctx), s.store) }
}

// ask runs the two queries of the calendar's day page.
func ask(ctx context.Context, s *store.Store) error {
	queries := s.Statement(ctx)
	if _, err := queries.AppointmentProviderList(ctx, weekday()); err != nil {
		return err
	}
	rows, err := queries.AppointmentListBetween(ctx, dayQuery())
	if err != nil {
		return err
	}
	if len(rows) != appointmentsOfDay {
		return fmt.Errorf("the day has %d appointments, not %d", len(rows), appointmentsOfDay)
	}
	return nil
}
