package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// AccessChannel is where the database's triggers announce whose access may have ended:
// a word and an id, never data, since any login may listen. Nothing else is announced:
// a transaction that announces holds one lock of the whole database while it commits.
const AccessChannel = "frontdesk_access"

// listenPatience is how long the connection may be silent before it is asked whether
// it is still there: one that was cut between the two says nothing by itself.
const listenPatience = 10 * time.Second

// Listen calls heard with each thing that is announced on AccessChannel, over a connection of its own:
// one of the pool would be missing there. It calls ready once it listens, and returns
// when ctx ends or the connection is lost. Behind a pooler in transaction mode nothing
// is ever heard.
func (s *Store) Listen(ctx context.Context, ready func(), heard func(said string)) (err error) {
	connection, err := pgx.ConnectConfig(ctx, s.platform.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { err = errors.Join(err, closeConnection(ctx, connection)) }()
	if _, err := connection.Exec(ctx, "listen "+AccessChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ready()
	for {
		if err := wait(ctx, connection, heard); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
}

// wait hears one thing, or makes sure that there was none to hear.
func wait(ctx context.Context, connection *pgx.Conn, heard func(said string)) error {
	waiting, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	notification, err := connection.WaitForNotification(waiting)
	if err == nil {
		heard(notification.Payload)
		return nil
	}
	if ctx.Err() != nil || !pgconn.Timeout(err) {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	return connection.Ping(asking)
}

func closeConnection(ctx context.Context, connection *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return connection.Close(ctx)
}
