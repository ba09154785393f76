package tenant

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	views "frontdesk/views/tenant"
)

// openSupport returns the permission by which a super-admin may look into the clinic,
// or nil.
func openSupport(ctx context.Context, queries *db.Queries, id uuid.UUID) (*views.Support, error) {
	grant, err := queries.SupportGrantOpenOfTenant(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &views.Support{By: grant.GrantedBy, Reason: grant.Reason, Until: grant.ExpiresAt}, nil
}
