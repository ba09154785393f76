package guard

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// How often one may fail before one waits, and how long. The first wait doubles with
// each further failure. A network address has more free failures than an e-mail
// address: a whole clinic may share one.
const (
	freeOfEmail  = 5
	freeOfOrigin = 50
	firstWait    = 30 * time.Second
	longestWait  = 15 * time.Minute
	// AttemptQuiet is after how long without an attempt failures are forgotten.
	AttemptQuiet = time.Hour
)

// Attempt is one try to prove who one is. It counts against the e-mail address,
// known or not, and against where it comes from, in Postgres: a wait holds on every
// copy of the program, and does not end with Redis (hazards 6 and 79).
type Attempt struct {
	guard    *Guard
	email    string
	subjects []subject
	admitted bool
}

// subject is what attempts are counted for.
type subject struct {
	kind, name string
	hash       []byte
	free       int32
}

func newSubject(kind, name string, free int32) subject {
	hash := sha256.Sum256([]byte(kind + " " + name))
	return subject{kind: kind, name: name, hash: hash[:], free: free}
}

// Attempt begins one: it is counted before anything is looked at. It refuses a
// flood with fault.TooMany; whoever has to wait is told of it by Admitted alone,
// since the answer must be that of a wrong password.
func (g *Guard) Attempt(c *fiber.Ctx, email string) (*Attempt, error) {
	origin := g.web.Peers.Address(c)
	if err := g.within(c, signInsOfAddress, networkOf(origin)); err != nil {
		return nil, err
	}
	attempt := &Attempt{guard: g, email: email, admitted: true}
	if g.unlimited(c) {
		return attempt, nil
	}
	attempt.subjects = []subject{newSubject("ip", networkOf(origin), freeOfOrigin), newSubject("email", email, freeOfEmail)}
	return attempt, attempt.count(c.UserContext())
}

// networkOf is the network that one customer of a provider has, which is what limits
// count: of IPv6 addresses everybody has 2^64.
func networkOf(address netip.Addr) string {
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}

// count stops at the first subject that has to wait, so that whoever must wait
// cannot make others wait.
func (a *Attempt) count(ctx context.Context) error {
	return a.guard.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, s := range a.subjects {
			_, err := tx.SignInFailureCount(ctx, db.SignInFailureCountParams{
				SubjectHash: s.hash, SubjectKind: s.kind, Quiet: AttemptQuiet, Free: s.free, FirstWait: firstWait, LongestWait: longestWait,
			})
			if a.admitted = !errors.Is(err, pgx.ErrNoRows); !a.admitted {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Admitted is false for whoever has to wait: nothing may be looked at for them.
func (a *Attempt) Admitted() bool { return a.admitted }

// Failed writes down that the answer was no, and the wait that begins by it, if one
// does. failure is what happened to a known person; nil where there is none. A
// refusal during a wait is not recorded, or it would fill the log.
func (a *Attempt) Failed(ctx context.Context, failure *audit.Entry) error {
	return a.guard.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, s := range a.subjects {
			if err := tx.SignInFailureRefuse(ctx, s.hash); err != nil {
				return err
			}
			if err := s.lock(ctx, tx, failure); err != nil {
				return err
			}
		}
		if failure == nil || !a.admitted {
			return nil
		}
		return audit.RecordPlatform(ctx, tx, *failure)
	})
}

// lock begins the wait, once, with its row in the log.
func (s subject) lock(ctx context.Context, tx *store.Tx, failure *audit.Entry) error {
	locked, err := tx.SignInFailureLock(ctx, db.SignInFailureLockParams{
		SubjectHash: s.hash, Free: s.free, FirstWait: firstWait, LongestWait: longestWait,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	entry := audit.Entry{
		Action: SessionLock, TargetKind: s.kind, TargetName: s.name,
		After: audit.Fields{"failures": locked.Failures, "locked_until": locked.LockedUntil},
	}
	if s.kind == "email" && failure != nil && failure.TargetID != uuid.Nil {
		entry.TargetKind, entry.TargetID = failure.TargetKind, failure.TargetID
	}
	return audit.RecordPlatform(ctx, tx, entry)
}

// Succeeded forgets the failures of the e-mail address. Of where it comes from only
// this attempt is taken back, with the wait that it began, or colleagues behind one
// address would wait for each other; the failures stay: one good account must not buy
// guesses at others.
func (a *Attempt) Succeeded(ctx context.Context) error {
	return a.settle(ctx, func(ctx context.Context, tx *store.Tx, s subject) error {
		if s.kind == "email" {
			return tx.SignInFailureForget(ctx, s.hash)
		}
		return s.takeBack(ctx, tx)
	})
}

// Forgive ends the wait of an e-mail address whose person proved who they are by
// other means than the password: a new one is no guess.
func Forgive(ctx context.Context, tx *store.Tx, email string) error {
	return tx.SignInFailureForget(ctx, newSubject("email", email, freeOfEmail).hash)
}

// Abandoned takes the attempt back: it was neither right nor wrong, because the
// program could not look.
func (a *Attempt) Abandoned(ctx context.Context) error {
	return a.settle(ctx, func(ctx context.Context, tx *store.Tx, s subject) error { return s.takeBack(ctx, tx) })
}

func (s subject) takeBack(ctx context.Context, tx *store.Tx) error {
	return tx.SignInFailureTakeBack(ctx, db.SignInFailureTakeBackParams{SubjectHash: s.hash, Free: s.free, LongestWait: longestWait})
}

func (a *Attempt) settle(ctx context.Context, settle func(context.Context, *store.Tx, subject) error) error {
	if len(a.subjects) == 0 || !a.admitted {
		return nil
	}
	return a.guard.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, s := range a.subjects {
			if err := settle(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}
