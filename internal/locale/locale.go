// Package locale says things in a person's language and a clinic's time zone:
// messages from the catalogs, dates, numbers, money, names and phones.
//
// A Locale is made for each request and travels in the context. Everything that
// is costly (parsing catalogs, templates) happens once, at the first use.
package locale

import (
	"context"
	"time"

	"frontdesk/internal/clock"
)

// Language codes that have a catalog. English is the fallback.
const (
	English  = "en"
	Romanian = "ro"
)

// Locale is a language, a time zone and a country together.
type Locale struct {
	catalog *catalog
	zone    *time.Location
	country string
	now     clock.Clock
}

// New returns the locale for a language code ("en", "ro"; anything else is
// English), the clinic's zone (nil is UTC), the country whose phones are shown in
// national form (ISO 3166 two letters, such as "RO"; empty shows all phones in
// international form) and a clock (nil is the system's).
func New(language string, zone *time.Location, country string, now clock.Clock) *Locale {
	if zone == nil {
		zone = time.UTC
	}
	if now == nil {
		now = clock.System
	}
	return &Locale{catalog: catalogFor(language), zone: zone, country: country, now: now}
}

// Language returns the code of the language, as the html element's lang takes it.
func (l *Locale) Language() string { return l.catalog.language }

// Zone returns the clinic's time zone.
func (l *Locale) Zone() *time.Location { return l.zone }

// Country returns the country of the clinic's phones, two letters, or "".
func (l *Locale) Country() string { return l.country }

// Now returns the current instant in the clinic's zone.
func (l *Locale) Now() time.Time { return l.now().In(l.zone) }

type contextKey struct{}

// With returns ctx carrying the locale.
func With(ctx context.Context, l *Locale) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the locale in ctx, or English in UTC when there is none. It is
// never nil.
func From(ctx context.Context) *Locale {
	if l, ok := ctx.Value(contextKey{}).(*Locale); ok && l != nil {
		return l
	}
	return fallback()
}
