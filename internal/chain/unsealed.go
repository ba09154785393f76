package chain

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
)

// verifyClinic follows a clinic's chain, then looks for rows outside it. It reports whether
// there is any row or seal.
func (v *Verifier) verifyClinic(ctx context.Context, tenantID uuid.UUID, report *Report) (logged bool, err error) {
	chain := ID{TenantID: tenantID}
	ctx = actor.With(ctx, actor.System(tenantID))
	w, err := v.walk(ctx, chain, report, newErasures(), v.clinicPage)
	if err != nil {
		return false, err
	}
	logged = w.position > 0
	w.judge()
	queries := v.Store.Statement(ctx)
	secrets, err := queries.AuditSecretListLeft(ctx, w.erased.ids())
	if err != nil {
		return false, err
	}
	left := make([]secretLeft, len(secrets))
	for i, row := range secrets {
		left[i] = secretLeft(row)
	}
	report.findLeft(chain, w.erased, left)
	for after := uuid.Nil; ; {
		rows, err := queries.AuditSealedList(ctx, db.AuditSealedListParams{AfterID: after, Most: batch})
		if err != nil {
			return false, err
		}
		for _, row := range rows {
			report.findUnsealed(chain, row.ID, row.Sealed, row.Pending, row.Late)
			after, logged = row.ID, true
		}
		if len(rows) < batch {
			break
		}
	}
	lost, err := queries.AuditPendingLostList(ctx)
	report.findLost(chain, lost)
	return logged, err
}

// verifyPlatformSealed looks for rows of the platform's log outside its chains, and adds
// the tenants that some row is about.
func (v *Verifier) verifyPlatformSealed(ctx context.Context, report *Report, logged map[uuid.UUID]bool) error {
	queries := v.Store.PlatformStatement()
	for after := uuid.Nil; ; {
		rows, err := queries.PlatformAuditSealedList(ctx, db.PlatformAuditSealedListParams{AfterID: after, Most: batch})
		if err != nil {
			return err
		}
		for _, row := range rows {
			report.findUnsealed(ID{Platform: true, TenantID: row.TenantID}, row.ID, row.Sealed, row.Pending, row.Late)
			after, logged[row.TenantID] = row.ID, true
		}
		if len(rows) < batch {
			break
		}
	}
	lost, err := queries.PlatformAuditPendingLostList(ctx)
	report.findLost(ID{Platform: true}, lost)
	return err
}

// findUnsealed judges a row without a seal. One that is on the list and young is
// the sealer's work of the next seconds.
func (r *Report) findUnsealed(chain ID, id uuid.UUID, sealed, pending, late bool) {
	switch {
	case sealed:
	case !pending:
		r.find(Finding{Chain: chain, Row: id.String(), What: Inserted})
	case late:
		r.find(Finding{Chain: chain, Row: id.String(), What: Waiting})
	}
}

// findLost names rows that went before they were sealed.
func (r *Report) findLost(chain ID, lost []uuid.UUID) {
	for _, id := range lost {
		r.find(Finding{Chain: chain, Row: id.String(), What: Removed})
	}
}
