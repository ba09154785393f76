package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The run-time logins. Policies name them, so they are the same everywhere.
const (
	TenantLogin   = "frontdesk_tenant"
	PlatformLogin = "frontdesk_platform"
)

// refuseBypass fails when the connection is not the login that policies are
// written for, or when that login could step around them: a superuser, one with
// BYPASSRLS, the owner of a table, or a member of such a role.
func refuseBypass(ctx context.Context, pool *pgxpool.Pool, variable, login string) error {
	var name, reason string
	err := pool.QueryRow(ctx, `
		select current_user, coalesce((
			select case
				when able.rolsuper then 'is or may become superuser ' || able.rolname
				when able.rolbypassrls then 'is or may become ' || able.rolname || ', which has BYPASSRLS'
				else 'owns tables, or may become ' || able.rolname || ', which does'
			end
			from pg_roles able
			where pg_has_role(current_user, able.oid, 'member')
			  and (able.rolsuper or able.rolbypassrls or exists (
				select from pg_class join pg_namespace on pg_namespace.oid = pg_class.relnamespace
				where pg_class.relowner = able.oid and pg_namespace.nspname in ('public', 'river')))
			order by able.rolsuper desc, able.rolbypassrls desc limit 1), '')`).Scan(&name, &reason)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if name != login {
		return fmt.Errorf("%s: its user must be %s, not %s", variable, login, name)
	}
	if reason != "" {
		return fmt.Errorf("%s: %s could bypass row-level security: it %s", variable, login, reason)
	}
	return nil
}
