package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"frontdesk/internal/db"
)

// RawStatement is what Statement runs its queries through, for tests with SQL of their own.
func (s *Store) RawStatement(ctx context.Context) (db.DBTX, error) {
	who, err := tenantActor(ctx)
	return single{login: s.tenant, set: setPatience + setReadOnly + setTenant, tenant: who.TenantID.String()}, err
}

// Collect reads one column of all rows.
func Collect[T any](rows pgx.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}

// TenantPool is the tenant login's pool, for tests that borrow a connection.
func (s *Store) TenantPool() *pgxpool.Pool { return s.tenant.pool }
