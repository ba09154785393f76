package store

import (
	"context"
	"fmt"
)

// OpenToAll is the condition on pg_proc for the functions of Postgres that everybody may
// call and no policy covers: they make and read large objects, which belong to a login and
// so to every clinic, and end or cancel the sessions of the same login, which are every
// clinic's.
const OpenToAll = `pronamespace = 'pg_catalog'::regnamespace
	and (proname ~ '^lo_' or proname in ('loread', 'lowrite', 'pg_cancel_backend', 'pg_terminate_backend'))`

// CloseFunctions takes from PUBLIC, in one database, what OpenToAll names. They belong to
// the cluster's superuser: an owner who is none changes nothing by it, without an error.
const CloseFunctions = `
do $$
declare
	function regprocedure;
begin
	for function in select oid from pg_proc where ` + OpenToAll + ` and has_function_privilege('public', oid, 'execute') loop
		execute format('revoke execute on function %s from public', function);
	end loop;
end $$`

// CloseDatabase takes from PUBLIC what Postgres gives it on every database: to
// make temporary tables, which could shadow ours, and to call what no policy covers. It is
// no migration, because neither a clone nor a restored dump keeps the privileges of the
// database itself. An owner who owns neither the database nor its functions changes
// nothing, and is warned by `frontdesk rls check`.
func (m *Migrator) CloseDatabase(ctx context.Context) error {
	var statement string
	err := m.pool.QueryRow(ctx, "select format('revoke create, temporary on database %I from public', current_database())").Scan(&statement)
	if err != nil {
		return fmt.Errorf("name the database: %w", err)
	}
	for _, statement := range []string{statement, CloseFunctions} {
		if _, err := m.pool.Exec(ctx, statement); err != nil {
			return fmt.Errorf("close the database to PUBLIC: %w", err)
		}
	}
	return nil
}
