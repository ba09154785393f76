package store

import (
	"cmp"
	"time"
)

// Patience is how long the database may take. Its parts are set with each
// transaction, not on the connection: a pooler in transaction mode gives a
// transaction any one. The zero value means the defaults; tests shrink them.
type Patience struct {
	// Lock and Statement are Postgres's own limits: waiting for a lock, and one
	// statement in all.
	Lock, Statement time.Duration
	// Transaction bounds a door on our side, for a database that has gone
	// silent (hazard 88).
	Transaction time.Duration
	// Acquire is how long a request queues for a connection before it is told
	// to come back (hazard 90).
	Acquire time.Duration
	// Start is how long Open keeps trying to reach a database that is away.
	Start time.Duration
}

func (p Patience) orDefaults() Patience {
	return Patience{
		Lock:        cmp.Or(p.Lock, 2*time.Second),
		Statement:   cmp.Or(p.Statement, 8*time.Second),
		Transaction: cmp.Or(p.Transaction, 10*time.Second),
		Acquire:     cmp.Or(p.Acquire, 2*time.Second),
		Start:       cmp.Or(p.Start, 30*time.Second),
	}
}
