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

// Attributes are further HTML attributes of a component's main element. Names
// come from templates only, never from outside; values are escaped.
type Attributes = templ.Attributes
