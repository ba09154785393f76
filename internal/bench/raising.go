package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// rowsAtOnce are written by one statement, whose commit is timed.
	rowsAtOnce = 50_000
	// statementsTimed is how often.
	statementsTimed = 5
)

// compareRaising measures the raising by itself: a transaction of two bare inserts of two
// areas, in a clinic each, with and without it; and how long one statement of many rows
// takes to commit. What a person waits for is the booking, of which this is a part.
func (s *stage) compareRaising(ctx context.Context, output io.Writer, superuser *pgx.Conn, at *bookers) error {
	pool, err := pgxpool.New(ctx, s.cluster.URLs().Superuser)
	if err != nil {
		return err
	}
	defer pool.Close()
	sides := []side{
		{name: "two bare inserts", before: executing(superuser, loudRevisions), measure: at.insertTwo(pool)},
		{name: "the same without raising revisions", before: executing(superuser, quietRevisions), measure: at.insertTwo(pool)},
	}
	rates, err := alternate(ctx, clients, sides)
	if err != nil {
		return err
	}
	for i, side := range sides {
		fmt.Fprintf(output, "%-38s %8.0f a second\n", side.name, median(rates[i]))
	}
	fmt.Fprintf(output, "\nwith / without revisions, two bare inserts: %.2f\n", medianRatio(rates[0], rates[1]))
	if err := executing(superuser, loudRevisions)(ctx); err != nil {
		return err
	}
	statement, commit, err := timeManyRows(ctx, superuser, at.all[0].TenantID)
	fmt.Fprintf(output, "one statement of %d rows: %.0f ms, and %.1f ms for its commit\n\n", rowsAtOnce, 1000*statement, 1000*commit)
	return err
}

// executing makes ready by a statement.
func executing(superuser *pgx.Conn, statement string) func(context.Context) error {
	return func(ctx context.Context) error { _, err := superuser.Exec(ctx, statement); return err }
}

// insertTwo writes a client and a service of the next clinic in one round trip.
func (b *bookers) insertTwo(pool *pgxpool.Pool) measure {
	return func(ctx context.Context) error {
		clinic := b.all[b.turn.Add(1)%int64(len(b.all))].TenantID
		batch := &pgx.Batch{}
		batch.Queue("begin")
		batch.Queue("insert into clients (tenant_id, id, first_name) values ($1, gen_random_uuid(), 'Ana')", clinic)
		batch.Queue("insert into services (tenant_id, id, name, duration) values ($1, gen_random_uuid(), gen_random_uuid()::text, 30)", clinic)
		batch.Queue("commit")
		return pool.SendBatch(ctx, batch).Close()
	}
}

// timeManyRows returns the median seconds that the statement takes, and then its commit.
func timeManyRows(ctx context.Context, superuser *pgx.Conn, clinic uuid.UUID) (statement, commit float64, err error) {
	var statements, commits []float64
	for range statementsTimed {
		tx, err := superuser.Begin(ctx)
		if err != nil {
			return 0, 0, err
		}
		began := time.Now()
		_, err = tx.Exec(ctx, "insert into clients (tenant_id, id, first_name) select $1, gen_random_uuid(), 'Ana' from generate_series(1, $2::integer)", clinic, rowsAtOnce)
		written := time.Now()
		if err = errors.Join(err, tx.Commit(ctx)); err != nil {
			return 0, 0, err
		}
		statements, commits = append(statements, written.Sub(began).Seconds()), append(commits, time.Since(written).Seconds())
	}
	return median(statements), median(commits), nil
}
