// Package ui holds the components that pages are built from: form fields,
// buttons, tables, messages. Their parameters are small structs whose zero value
// is the common case. Texts come in already translated (locale.From(ctx).T);
// the few words that a component says itself stand in the catalogs under "ui.".
//
// What people typed is always text: components print it through templ's
// escaping, and none takes ready HTML.
package ui

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"
)

type tokenKey struct{}

// WithToken returns ctx carrying the session's CSRF token, which every Form
// prints. layout.With calls it; pages need not.
func WithToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// Token returns the CSRF token in ctx, or "".
func Token(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

type offersKey struct{}

// WithOffers returns ctx carrying what may be offered to the asker; nil is everything.
// layout.With calls it; pages need not.
func WithOffers(ctx context.Context, offers func(method, address string) bool) context.Context {
	return context.WithValue(ctx, offersKey{}, offers)
}

// Opens reports whether a link to the address is worth showing to the asker. Links
// that look like a button ask by themselves.
func Opens(ctx context.Context, address string) bool { return offered(ctx, http.MethodGet, address) }

// Posts reports whether the asker may post to the address. Forms ask by themselves, and
// those who may not see nothing of them; what stands around a form asks here.
func Posts(ctx context.Context, address string) bool { return offered(ctx, http.MethodPost, address) }

// offered takes an address elsewhere, as of a telephone, for open to everybody.
func offered(ctx context.Context, method, address string) bool {
	offers, _ := ctx.Value(offersKey{}).(func(method, address string) bool)
	return offers == nil || !strings.HasPrefix(address, "/") || offers(method, address)
}

// Attributes are further HTML attributes of a component's main element. Names
// come from templates only, never from outside; values are escaped.
type Attributes = templ.Attributes
