// Package migrations holds the schema's history, embedded for goose.
package migrations

import "embed"

// Files holds every migration, NNNNN_noun.sql.
//
//go:embed *.sql
var Files embed.FS
