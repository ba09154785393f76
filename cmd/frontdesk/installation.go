package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mattn/go-isatty"

	"frontdesk/internal/cache"
	"frontdesk/internal/clock"
	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/seal"
	"frontdesk/internal/server"
	"frontdesk/internal/storage"
	"frontdesk/internal/store"
	"frontdesk/internal/store/embedded"
)

// databaseURLs are the ways into the database.
type databaseURLs struct {
	owner   string
	runTime store.Config
}

// installation is what every command that needs the database stands on. Its
// parts are closed in the opposite order of their opening.
type installation struct {
	config  config.Config
	log     *slog.Logger
	urls    databaseURLs
	closers []func() error
}

// stopTime is how long the database may take to shut down.
const stopTime = 30 * time.Second

// load reads the settings and finds the database: the external one, or the
// embedded cluster that runs already, or that is started for this command.
func load(ctx context.Context) (*installation, error) { return loadWith(ctx, attach) }

// openCluster returns the ways into the embedded database, and what gives it back.
type openCluster func(context.Context, string, *slog.Logger) (embedded.URLs, func(context.Context) error, error)

// attach uses the cluster that another program runs, or runs it for this
// command's time.
func attach(ctx context.Context, dataDir string, log *slog.Logger) (embedded.URLs, func(context.Context) error, error) {
	return embedded.Open(ctx, dataDir, log)
}

// supervisePatience is how long serve waits for a short command, such as a
// migration, to give the cluster back.
const supervisePatience = 15 * time.Second

// supervise runs the cluster. serve does not share another's: it would lose the
// database when that one ends.
func supervise(ctx context.Context, dataDir string, log *slog.Logger) (embedded.URLs, func(context.Context) error, error) {
	waiting, cancel := context.WithTimeout(ctx, supervisePatience)
	defer cancel()
	for {
		cluster, err := embedded.Start(ctx, dataDir, log)
		if err == nil {
			return cluster.URLs(), cluster.Stop, nil
		}
		if !errors.Is(err, embedded.ErrRunning) {
			return embedded.URLs{}, nil, err
		}
		select {
		case <-waiting.Done():
			return embedded.URLs{}, nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func loadWith(ctx context.Context, open openCluster) (*installation, error) {
	settings, err := config.Load()
	if err != nil {
		return nil, err
	}
	if settings.DataDir == "" {
		settings.DataDir = embedded.DefaultDataDir()
	}
	i := &installation{config: settings, log: newLog()}
	if !settings.Embedded() {
		i.urls = databaseURLs{owner: settings.DatabaseURL, runTime: store.Config{
			TenantURL: settings.TenantDatabaseURL, PlatformURL: settings.PlatformDatabaseURL, PoolSize: settings.DatabasePoolSize,
		}}
		return i, nil
	}
	urls, stop, err := open(ctx, settings.DataDir, i.log)
	if err != nil {
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	i.urls = databaseURLs{owner: urls.Owner, runTime: store.Config{
		TenantURL: urls.Tenant, PlatformURL: urls.Platform, PoolSize: settings.DatabasePoolSize,
	}}
	i.later(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		return stop(ctx)
	})
	return i, nil
}

// later adds what close does.
func (i *installation) later(fn func() error) { i.closers = append(i.closers, fn) }

// close ends everything that was opened, and adds what went wrong to err.
func (i *installation) close(err *error) {
	for n := len(i.closers) - 1; n >= 0; n-- {
		*err = errors.Join(*err, i.closers[n]())
	}
}

// migrator connects as the schema's owner; its caller closes it.
func (i *installation) migrator(ctx context.Context) (*store.Migrator, error) {
	if i.urls.owner == "" {
		return nil, errors.New("DATABASE_URL is required to migrate")
	}
	return store.NewMigrator(ctx, i.urls.owner, i.urls.runTime)
}

// bringUp migrates, and has no connection of the owner open when it returns: a program
// that serves needs none.
func (i *installation) bringUp(ctx context.Context) error {
	migrator, err := i.migrator(ctx)
	if err != nil {
		return err
	}
	return errors.Join(migrator.Up(ctx), migrator.Close())
}

// openStore opens the run-time logins, with the keys that rows are vouched for with, on a
// schema of this program's version. The embedded database is brought to it; an external
// one waits for its operator.
func (i *installation) openStore(ctx context.Context) (*store.Store, error) {
	if i.config.Embedded() {
		if err := i.bringUp(ctx); err != nil {
			return nil, err
		}
	}
	opened, err := store.Open(ctx, i.urls.runTime)
	if err != nil {
		return nil, err
	}
	i.later(func() error { opened.Close(); return nil })
	keys, err := i.keys()
	if err != nil {
		return nil, err
	}
	opened.VouchWith(keys)
	return opened, opened.CheckVersion(ctx)
}

// parts opens everything that a server or worker runs on.
func (i *installation) parts(ctx context.Context) (server.Parts, error) {
	opened, err := i.openStore(ctx)
	if err != nil {
		return server.Parts{}, err
	}
	keys, err := i.keys()
	if err != nil {
		return server.Parts{}, err
	}
	connection, err := cache.Connect(i.config.RedisURL)
	if err != nil {
		return server.Parts{}, err
	}
	i.later(connection.Close)
	files, err := storage.Open(i.config)
	if err != nil {
		return server.Parts{}, err
	}
	return server.Parts{
		Config: i.config, Log: i.log, Now: clock.System, Store: opened, Keys: keys, Cache: connection, Storage: files,
	}, nil
}

// adopt puts the program's MAC to what grants something and has none from before. The
// embedded database has one program that writes; on an external one copies of the program
// before this one may still be at work.
func (i *installation) adopt(ctx context.Context, parts server.Parts) error {
	if i.config.Embedded() {
		return guard.Adopt(ctx, parts.Store, i.log, 0)
	}
	if err := guard.Adopt(ctx, parts.Store, i.log, guard.Overlap); err != nil {
		return err
	}
	go guard.AdoptDuringOverlap(ctx, parts.Store, i.log)
	return nil
}

// keys reads SECRET_KEYS, or the keys that the first start made.
func (i *installation) keys() (*seal.Ring, error) {
	if i.config.SecretKeys != "" {
		return seal.Parse(i.config.SecretKeys)
	}
	return seal.LoadOrCreate(i.config.DataDir)
}

// newLog writes to standard error: lines for people in a terminal, JSON
// elsewhere.
func newLog() *slog.Logger {
	if isatty.IsTerminal(os.Stderr.Fd()) {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}
