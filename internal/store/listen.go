package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The channels that the database's triggers announce changes on. What they say is
// ids and never data: any login may listen.
const (
	// AccessChannel says whose access may have ended.
	AccessChannel = "frontdesk_access"
	// ChangeChannel says in which clinic there is something new, and of what kind.
	ChangeChannel = "frontdesk_changed"
)

// listenPatience is how long the connection may be silent before it is asked whether
// it is still there: one that was cut between the two says nothing by itself.
const listenPatience = 10 * time.Second

// Listen calls heard with each thing that is announced, over a connection of its own:
// one of the pool would be missing there. It calls ready once it listens, and returns
// when ctx ends or the connection is lost. Behind a pooler in transaction mode nothing
// is ever heard.
func (s *Store) Listen(ctx context.Context, ready func(), heard func(channel, said string)) (err error) {
	connection, err := pgx.ConnectConfig(ctx, s.platform.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { err = errors.Join(err, closeConnection(ctx, connection)) }()
	for _, channel := range []string{AccessChannel, ChangeChannel} {
		if _, err := connection.Exec(ctx, "listen "+channel); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	ready()
	for {
		if err := wait(ctx, connection, heard); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
}

// wait hears one thing, or makes sure that there was none to hear.
func wait(ctx context.Context, connection *pgx.Conn, heard func(channel, said string)) error {
	waiting, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	notification, err := connection.WaitForNotification(waiting)
	if err == nil {
		heard(notification.Channel, notification.Payload)
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
