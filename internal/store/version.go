package store

import (
	"context"
	"fmt"
)

// CheckVersion fails when the schema is not the one that this program was built
// for: newer, and the program could misread it; older, and it waits for
// `frontdesk migrate up`.
func (s *Store) CheckVersion(ctx context.Context) error {
	var version int64
	err := s.platform.pool.QueryRow(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&version)
	if err != nil {
		return fmt.Errorf("read the schema's version (has `frontdesk migrate up` run?): %w", translate(err))
	}
	known := ProgramVersion()
	switch {
	case version > known:
		return newerSchema(version, known)
	case version < known:
		return fmt.Errorf("the schema is at version %d and this program needs %d: run `frontdesk migrate up`", version, known)
	}
	return nil
}

func newerSchema(database, program int64) error {
	return fmt.Errorf("the schema is at version %d, newer than this program's %d: run the newer program", database, program)
}
