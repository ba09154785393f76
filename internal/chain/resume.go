package chain

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/store"
)

// Resume lets sealing go on after the database was brought back to an older state, as from
// a backup: the heads that it has not are given up, by somebody who has the keys and the
// file storage. The platform's log says so, and every verification from then on. It returns
// the heads that were given up.
func (s *Sealer) Resume(ctx context.Context, reason string) ([]Head, error) {
	kept, err := s.kept(ctx)
	if err != nil {
		return nil, err
	}
	lost, err := s.lost(ctx, kept)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	ends, err := s.ends(ctx)
	if err != nil {
		return nil, fmt.Errorf("find where the chains end: %w", err)
	}
	if err := s.recordResume(ctx, lost, reason); err != nil {
		return nil, err
	}
	at, fresh := s.Keeper.Now(), map[ID]bool{}
	for _, head := range lost {
		kept.givenUp = append(kept.givenUp, GivenUp{Head: head, At: at, Reason: reason})
		fresh[head.Chain] = true
	}
	kept.settle(nil)
	for _, end := range ends {
		if fresh[end.Chain] {
			kept.chains[end.Chain] = append(kept.chains[end.Chain], end)
		}
	}
	return lost, s.Keeper.replace(ctx, kept)
}

// lost are the kept heads that the database has not.
func (s *Sealer) lost(ctx context.Context, kept *Kept) (lost []Head, err error) {
	tenants, err := s.Store.PlatformStatement().AuditTenantList(ctx)
	if err != nil {
		return nil, err
	}
	exists := map[uuid.UUID]bool{uuid.Nil: true}
	for _, id := range tenants {
		exists[id] = true
	}
	var ofTenants []Head
	for chain, heads := range kept.chains {
		if exists[chain.TenantID] {
			ofTenants = append(ofTenants, heads...)
		} else {
			lost = append(lost, heads...)
		}
	}
	for _, id := range tenants {
		ctx := actor.With(ctx, actor.System(id))
		ofClinic, err := lostOfClinic(ctx, s.Store.Statement(ctx), kept.chains[ID{TenantID: id}])
		if err != nil {
			return nil, err
		}
		lost = append(lost, ofClinic...)
	}
	ofPlatform, err := lostOfPlatform(ctx, s.Store.PlatformStatement(), ofTenants)
	return append(lost, ofPlatform...), err
}

// recordResume says it in the platform's log.
func (s *Sealer) recordResume(ctx context.Context, lost []Head, reason string) error {
	names := make([]string, len(lost))
	for i, head := range lost {
		names[i] = head.inWords()
	}
	return s.Store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return audit.RecordPlatform(ctx, tx, audit.Entry{
			Action: audit.Resume, TargetKind: "audit", SubjectID: audit.Nobody, Reason: reason, After: audit.Fields{"heads": names},
		})
	})
}
