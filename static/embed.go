// Package static holds the files that browsers load. What stands in dist is built
// from src by `make generate` and committed, so that the program needs no Node and
// compresses nothing.
package static

import "embed"

// Files holds dist/app.css, dist/app.js, dist/favicon.svg and dist/logo.svg, and each
// compressed beside it, as .br and .gz. The names carry no hash; whoever serves them
// adds one.
//
//go:embed dist
var Files embed.FS
