package testkit

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"frontdesk/internal/store/embedded"
)

// testSettings trade what a crash would lose for speed: the cluster lives as long as
// one run, and each of its databases for seconds, so that nothing is worth vacuuming.
// Tests of several packages connect at once.
var testSettings = map[string]string{
	"fsync":              "off",
	"full_page_writes":   "off",
	"synchronous_commit": "off",
	"wal_level":          "minimal",
	"max_wal_senders":    "0",
	"max_wal_size":       "2GB",
	"checkpoint_timeout": "1h",
	"shared_buffers":     "256MB",
	"autovacuum":         "off",
	"bgwriter_delay":     "10s",
	"max_connections":    "200",
}

// StartPostgres starts a cluster of its own below dir, by the same package that
// the program uses, and tells tests the superuser's URL of the database postgres
// in TEST_POSTGRES_URL. Under root, Postgres's account must be able to pass dir.
func StartPostgres(ctx context.Context, dir string) (*Part, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cluster, err := embedded.Start(ctx, dir, log, embedded.WithSettings(testSettings))
	if err != nil {
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	stop := func() {
		if err := cluster.Stop(context.Background()); err != nil {
			log.Error("cannot stop Postgres", "error", err)
		}
	}
	superuser, err := url.Parse(cluster.URLs().Superuser)
	if err != nil {
		stop()
		return nil, fmt.Errorf("read the URL of Postgres: %w", err)
	}
	superuser.Path = "/postgres" // from where the tests' databases are made
	return &Part{Env: []string{"TEST_POSTGRES_URL=" + superuser.String()}, Stop: stop}, nil
}
