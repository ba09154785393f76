package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/vouch"
)

// login is a run-time login: its connections, and how long they may take.
type login struct {
	pool     *pgxpool.Pool
	patience Patience
	// vouch makes the MACs of rows that grant something; nil until VouchWith.
	vouch *vouch.Voucher
}

// errPoolExhausted means that no connection came free in time.
var errPoolExhausted = errors.New("store: no free connection")

// acquire takes a connection. A caller whose own time is up hears that instead
// of an exhausted pool.
func (l login) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, l.patience.Acquire)
	defer cancel()
	connection, err := l.pool.Acquire(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: %w", errPoolExhausted, err)
	}
	return connection, err
}
