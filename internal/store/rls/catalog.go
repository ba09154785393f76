package rls

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// catalog is what the rules judge: everything outside Postgres's own schemas
// that is not part of an extension.
type catalog struct {
	logins      []login
	relations   []relation
	policies    []policy
	keys        []key
	foreignKeys []foreignKey
	functions   []function
	public      []publicGrant
}

// login is a run-time role with what it is and may become.
type login struct {
	Name                string
	Exists              bool
	Bypasses, Owns, Can []string
	// Uncovered are functions that it may call and no policy covers.
	Uncovered []string
	// Settings are what its sessions begin with, in this database, as name=value.
	Settings []string
}

// relation is a table, partitioned table, foreign table, view or materialized
// view. Privileges count those on single columns, through roles, and of PUBLIC.
type relation struct {
	OID                      uint32
	Schema, Relation, Kind   string
	HasTenantID, TenantIsNil bool
	RowSecurity, Forced      bool
	SecurityInvoker          bool
	TenantMay, PlatformMay   []string
	TenantReads              []string // columns
	TenantUpdates            []string // columns
}

func (r relation) name() string { return r.Schema + "." + r.Relation }

// isTable is true for what holds rows that a policy can stand over.
func (r relation) isTable() bool { return r.Kind == "r" || r.Kind == "p" }

// policy is a row-level security policy. Null expressions are empty.
type policy struct {
	Relation               uint32
	Name, Command          string
	Permissive             bool
	Using, Check           string
	ForTenant, ForPlatform bool
}

// commands are what pg_policy calls the commands of a policy.
var commands = map[string]string{everyCommand: "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}

func (p policy) shown() Policy {
	return Policy{
		Name: p.Name, Command: commands[p.Command], ForTenant: p.ForTenant, ForPlatform: p.ForPlatform,
		Using: oneLine(p.Using), Check: oneLine(p.Check),
	}
}

// key is a primary key, a unique index or an exclusion constraint.
type key struct {
	Relation    uint32
	Name, First string // First is empty for an expression
	Kind        string
}

// foreignKey is one between two tables, with the first column of each side.
type foreignKey struct {
	From, To           uint32
	Name               string
	FirstFrom, FirstTo string
}

// function is a function or procedure.
type function struct {
	Schema, Function, Arguments string
	Definer, Immutable          bool
	Stable, FixedPath           bool
	Owner                       string
	OwnerBypasses               bool
	Definition, Body            string
}

func (f function) name() string { return f.Schema + "." + f.Function + "(" + f.Arguments + ")" }

// publicGrant is a privilege that everybody holds.
type publicGrant struct{ Object, Kind, Privilege string }

func (c *catalog) policiesOf(of relation) []policy {
	var found []policy
	for _, policy := range c.policies {
		if policy.Relation == of.OID {
			found = append(found, policy)
		}
	}
	return found
}

func (c *catalog) relation(oid uint32) relation {
	for _, relation := range c.relations {
		if relation.OID == oid {
			return relation
		}
	}
	return relation{}
}

// readCatalog reads all of it. Names are printed in full
// because the search path holds Postgres's own schema only: a function that
// shadows ours cannot pass for it.
func readCatalog(ctx context.Context, tx Transaction, ask func(questions ...func() error) error, logins Logins) (*catalog, error) {
	read := &catalog{}
	err := ask(
		func() error {
			if _, err := tx.Exec(ctx, "set local search_path = pg_catalog"); err != nil {
				return fmt.Errorf("set search_path: %w", err)
			}
			return nil
		},
		func() error { return collect(ctx, tx, &read.logins, "logins", loginsSQL, logins.names()) },
		func() error {
			return collect(ctx, tx, &read.relations, "tables", relationsSQL, logins.Tenant, logins.Platform)
		},
		func() error {
			return collect(ctx, tx, &read.policies, "policies", policiesSQL, logins.Tenant, logins.Platform)
		},
		func() error { return collect(ctx, tx, &read.keys, "keys", keysSQL) },
		func() error { return collect(ctx, tx, &read.foreignKeys, "foreign keys", foreignKeysSQL) },
		func() error { return collect(ctx, tx, &read.functions, "functions", functionsSQL) },
		func() error { return collect(ctx, tx, &read.public, "grants", publicSQL) },
	)
	return read, err
}

func (l Logins) names() []string { return []string{l.Tenant, l.Platform} }

func collect[T any](ctx context.Context, tx Transaction, into *[]T, what, sql string, arguments ...any) error {
	rows, err := tx.Query(ctx, sql, arguments...)
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// oneLine folds the white space with which pg_get_expr breaks long expressions.
func oneLine(expression string) string { return strings.Join(strings.Fields(expression), " ") }
