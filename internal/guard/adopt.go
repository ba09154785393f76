package guard

import (
	"context"
	"log/slog"
	"time"

	"frontdesk/internal/audit"
	"frontdesk/internal/store"
)

const (
	// Overlap is for how long, from the first start of this program on, what a copy of the
	// one before writes is adopted: the time in which an upgrade replaces the copies.
	Overlap = 30 * time.Minute
	// adoptEvery is how often that is looked for.
	adoptEvery = time.Minute
)

// Adopt puts its MAC to what grants something and has none from before, so that nobody is
// signed out by an upgrade and no mailed link dies, and lets the time for that end after
// overlap, zero where no other copy can be writing. Afterwards what has no MAC is worth
// nothing, for good: no login of the program can begin that time anew (hazard 104). What
// it took over stands in the platform's log, by its number. It also puts the newest key in
// the place of an older one, so that a key can be dropped from the ring once the program
// has been started with its successor.
func Adopt(ctx context.Context, s *store.Store, log *slog.Logger, overlap time.Duration) error {
	done, err := s.Vouch(ctx)
	if err != nil {
		return err
	}
	if done.Renewed > 0 {
		log.InfoContext(ctx, "rows carry the newest key now", "rows", done.Renewed)
	}
	if done.Total() > 0 {
		if err := recordAdopted(ctx, s, log, done); err != nil {
			return err
		}
	}
	return s.EndGrace(ctx, overlap)
}

func recordAdopted(ctx context.Context, s *store.Store, log *slog.Logger, done store.Vouched) error {
	log.WarnContext(ctx, "rows from before they had a MAC were adopted", "rows", done.Adopted)
	return s.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		fields := audit.Fields{}
		for kind, count := range done.Adopted {
			fields[kind] = count
		}
		return audit.RecordPlatform(ctx, tx, audit.Entry{Action: SessionAdopt, TargetKind: "session", SubjectID: audit.Nobody, After: fields})
	})
}

// AdoptDuringOverlap goes on adopting until the time for it is over, or ctx is.
func AdoptDuringOverlap(ctx context.Context, s *store.Store, log *slog.Logger) {
	again := time.NewTicker(adoptEvery)
	defer again.Stop()
	for {
		open, err := s.GraceOpen(ctx)
		if err == nil && !open {
			return
		}
		if err == nil {
			err = Adopt(ctx, s, log, Overlap)
		}
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "rows from before they had a MAC were not adopted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}
