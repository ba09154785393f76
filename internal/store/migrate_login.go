package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// makeLogins creates the run-time logins that are missing. Roles belong to the
// whole cluster, so another database's migration may win the race.
func (m *Migrator) makeLogins(ctx context.Context) error {
	for login, url := range m.logins {
		var exists bool
		if err := m.pool.QueryRow(ctx, "select exists (select from pg_roles where rolname = $1)", login).Scan(&exists); err != nil {
			return fmt.Errorf("look for login %s: %w", login, err)
		}
		if exists {
			continue
		}
		config, err := pgx.ParseConfig(url)
		if err != nil || config.User != login || config.Password == "" {
			return fmt.Errorf("login %s is missing, and its URL names no such user with a password to make it from", login)
		}
		if err := m.makeLogin(ctx, login, config.Password); err != nil {
			return fmt.Errorf("create login %s: %w", login, err)
		}
	}
	return nil
}

func (m *Migrator) makeLogin(ctx context.Context, login, password string) error {
	var statement string
	if err := m.pool.QueryRow(ctx, "select format('create role %I login nosuperuser nocreatedb nocreaterole nobypassrls password %L', $1::text, $2::text)",
		login, password).Scan(&statement); err != nil {
		return err
	}
	_, err := m.pool.Exec(ctx, statement)
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok && (failure.Code == "42710" || failure.Code == "23505") {
		return nil
	}
	return err
}

// LoginLimits are what every session of a run-time login begins with, as settings of the
// login itself. The doors set shorter ones with each transaction (Patience); these bound
// what goes past them: the job queue's own questions, and a connection that somebody left
// inside a transaction. They are wide, since no request waits for them. Migrations and backups come by other logins and take what they need.
var LoginLimits = map[string]string{
	"statement_timeout": "5min", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "5min",
}

// boundLogins sets the limits that a run-time login lacks; other values are its operator's.
// The owner may set them if it made the login. Otherwise the login does, by its own URL,
// through a pooler too; one that no URL is known of is named by `frontdesk rls check`.
func (m *Migrator) boundLogins(ctx context.Context) error {
	for login, url := range m.logins {
		lacking, err := m.lackingLimits(ctx, login)
		if err != nil {
			return fmt.Errorf("read the limits of login %s: %w", login, err)
		}
		if lacking == "" {
			continue
		}
		_, err = m.pool.Exec(ctx, lacking)
		if failure, ok := errors.AsType[*pgconn.PgError](err); ok && failure.Code == "42501" && url != "" {
			err = executeAt(ctx, url, lacking)
		}
		if err != nil && url != "" {
			return fmt.Errorf("bound login %s: %w", login, err)
		}
	}
	return nil
}

// lackingLimits are the statements that set what a login has no limit for.
func (m *Migrator) lackingLimits(ctx context.Context, login string) (string, error) {
	rows, err := m.pool.Query(ctx, `
		select name from unnest($2::text[]) name
		where not exists (select from pg_roles, unnest(rolconfig) setting where rolname = $1 and split_part(setting, '=', 1) = name)`,
		login, slices.Sorted(maps.Keys(LoginLimits)))
	if err != nil {
		return "", err
	}
	lacking, err := pgx.CollectRows(rows, pgx.RowTo[string])
	statements := ""
	for _, name := range lacking {
		statements += fmt.Sprintf("alter role %s set %s = '%s';", login, name, LoginLimits[name])
	}
	return statements, err
}

// executeAt runs a statement over a connection of its own.
func executeAt(ctx context.Context, url, statement string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, statement)
	return errors.Join(err, connection.Close(context.WithoutCancel(ctx)))
}
