package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/store"
)

// maintenance is the database that every cluster has from initdb.
const maintenance = "postgres"

// attributes of a role apply when it is made and never again: a start must not
// hide that somebody has let a run-time login bypass the policies, which the
// program refuses and the policy check reports.
var attributes = map[string]string{
	OwnerRole:    "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION",
	TenantRole:   "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT",
	PlatformRole: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT",
}

// ensure makes what the cluster must hold before goose comes: three logins whose
// passwords are those of the URLs, and the database. Fresh roles have a new
// password; the others know theirs, and hashing it again costs 5 ms each.
func ensure(ctx context.Context, urls URLs, fresh []string) error {
	connection, err := connect(ctx, urls.Superuser, maintenance)
	if err != nil {
		return err
	}
	err = ensureRoles(ctx, connection, urls, fresh)
	if err == nil {
		err = ensureDatabase(ctx, connection)
	}
	if err = errors.Join(err, connection.Close(ctx)); err != nil {
		return err
	}
	return closeFunctions(ctx, urls)
}

// closeFunctions closes what the database's owner cannot: Postgres's own functions, which
// are the superuser's. At each start, since a database may have been put in from a dump.
func closeFunctions(ctx context.Context, urls URLs) error {
	connection, err := connect(ctx, urls.Superuser, Database)
	if err != nil {
		return err
	}
	err = run(ctx, connection, store.CloseFunctions)
	if err = errors.Join(err, connection.Close(ctx)); err != nil {
		return fmt.Errorf("close the database's functions to its logins: %w", err)
	}
	return nil
}

func connect(ctx context.Context, superuser, database string) (*pgx.Conn, error) {
	settings, err := pgx.ParseConfig(superuser)
	if err != nil {
		return nil, fmt.Errorf("read the superuser's URL: %w", err)
	}
	settings.Database = database
	settings.DefaultQueryExecMode = pgx.QueryExecModeExec // each statement runs once
	connection, err := pgx.ConnectConfig(ctx, settings)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == "28P01" {
		return nil, errors.New("the database refuses the superuser's password in DATA_DIR/postgres/url: remove that file, and the next start sets a new one")
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the embedded database: %w", err)
	}
	return connection, nil
}

func ensureRoles(ctx context.Context, connection *pgx.Conn, urls URLs, fresh []string) error {
	rows, err := connection.Query(ctx, "select rolname::text from pg_roles")
	if err != nil {
		return fmt.Errorf("list the database's roles: %w", err)
	}
	existing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list the database's roles: %w", err)
	}
	// Utility statements take no parameters. Names are constants, and passwords
	// are letters and digits of ours (a file changed by hand is quoted).
	statements := ""
	for _, login := range urls.logins() {
		missing := !slices.Contains(existing, login.role)
		if login.role == SuperuserRole || !missing && !slices.Contains(fresh, login.role) {
			continue
		}
		if missing {
			statements += "create role " + login.role + " " + attributes[login.role] + ";"
		}
		password, err := connection.PgConn().EscapeString(passwordIn(*login.url))
		if err != nil {
			return fmt.Errorf("quote the password of %s: %w", login.role, err)
		}
		statements += "alter role " + login.role + " password '" + password + "';"
	}
	if statements == "" {
		return nil
	}
	// The simple protocol makes one transaction of several statements.
	if err := run(ctx, connection, statements); err != nil {
		return fmt.Errorf("make the database's logins: %w", err)
	}
	return nil
}

// ensureDatabase makes the database closed to everybody, sets who may connect,
// and opens it: a crash in between is finished by the next start. An open
// database is left as it is.
func ensureDatabase(ctx context.Context, connection *pgx.Conn) error {
	var open bool
	err := connection.QueryRow(ctx, "select datallowconn from pg_database where datname = $1", Database).Scan(&open)
	if open {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		err = run(ctx, connection, "create database "+Database+" owner "+OwnerRole+" allow_connections false")
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	err = run(ctx, connection, `
		revoke connect, temporary on database `+Database+`, `+maintenance+`, template1 from public;
		grant connect on database `+Database+` to `+OwnerRole+`, `+TenantRole+`, `+PlatformRole+`;
		alter database `+Database+` allow_connections true`)
	if err != nil {
		return fmt.Errorf("open the database to its logins: %w", err)
	}
	return nil
}

// run executes statements by the simple protocol; several are one transaction.
func run(ctx context.Context, connection *pgx.Conn, statements string) error {
	_, err := connection.PgConn().Exec(ctx, statements).ReadAll()
	return err
}
