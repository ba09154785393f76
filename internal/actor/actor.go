// Package actor says on whose behalf code runs. The guard puts a person's actor
// into the request's context; a job or webhook makes a system actor from its
// tenant id. store.Tenant and store.Statement take the tenant from here and from
// nowhere else.
package actor

import (
	"context"

	"github.com/google/uuid"
)

// Role is what a person may do inside a tenant.
type Role string

// The roles of a membership.
const (
	Owner Role = "owner"
	Staff Role = "staff"
)

// Actor is the one who asks.
type Actor struct {
	// UserID is uuid.Nil for the system.
	UserID uuid.UUID
	// Name is the person's, as the audit log keeps it.
	Name string
	// SessionID names the session; it is no secret.
	SessionID uuid.UUID
	// TenantID is uuid.Nil for a super-admin's session.
	TenantID uuid.UUID
	// Role is empty outside a tenant, and for support.
	Role       Role
	SuperAdmin bool
	// Support is true for a super-admin whom the tenant's owner let in for a while.
	Support bool
	// ReadOnly makes every transaction of this actor refuse to write.
	ReadOnly bool
	// MustEnrol is true for who may do nothing before they have a second factor.
	MustEnrol bool
	// System is true for jobs and webhooks.
	System bool
}

// System returns the actor of a job that works inside one tenant.
func System(tenantID uuid.UUID) Actor { return Actor{TenantID: tenantID, System: true} }

type contextKey struct{}

// With returns ctx carrying the actor.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, contextKey{}, a)
}

// From returns the actor in ctx; ok is false when nobody has signed in.
func From(ctx context.Context) (a Actor, ok bool) {
	a, ok = ctx.Value(contextKey{}).(Actor)
	return a, ok
}
