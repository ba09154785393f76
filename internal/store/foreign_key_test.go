package store_test

import (
	"testing"

	"frontdesk/internal/store"
)

// withoutIndex are the foreign keys of clinics' tables whose columns lead no index, in any
// order. One that leaves out rows which point at nothing counts: the check of a foreign key
// never asks for them.
const withoutIndex = `
select format('%s (%s)', foreign_key.conrelid::regclass, (
    select string_agg(attname, ', ' order by position) from unnest(foreign_key.conkey) with ordinality as of (attnum, position)
    join pg_attribute using (attnum) where attrelid = foreign_key.conrelid))
from pg_constraint as foreign_key
where contype = 'f' and exists (select from pg_attribute where attrelid = conrelid and attname = 'tenant_id' and not attisdropped)
and not exists (
    select from pg_index where indrelid = conrelid and indisvalid
    and (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
    and coalesce(pg_get_expr(indpred, indrelid) ~ '^\(\w+ IS NOT NULL\)$', true))
order by 1`

func TestEveryForeignKeyOfAClinicsTableIsLedByAnIndex(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	missing, err := store.Collect[string](f.superuser.Query(t.Context(), withoutIndex))
	if err != nil {
		t.Fatal(err)
	}
	for _, foreignKey := range missing {
		t.Errorf("no index is led by the foreign key %s", foreignKey)
	}
	f.exec(t, "drop index messages_author, appointments_service")
	if missing, err = store.Collect[string](f.superuser.Query(t.Context(), withoutIndex)); err != nil || len(missing) != 2 {
		t.Errorf("without two indexes %q are missing (%v)", missing, err)
	}
}
