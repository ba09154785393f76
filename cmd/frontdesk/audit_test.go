package main

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/audit"
	"frontdesk/internal/chain"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// sealedLog is a platform's log with one sealed row about somebody, and a sealed record that
// said so long ago that their secret is erased.
func sealedLog(t *testing.T, database testkit.Database, keys *seal.Ring, age string) (about, secret uuid.UUID) {
	t.Helper()
	opened := database.Store(t)
	sealer := &chain.Sealer{Store: opened, Keys: keys}
	about = uuid.Must(uuid.NewV7())
	write := func(record func(ctx context.Context, tx *store.Tx) error) {
		if err := opened.Platform(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		if err := sealer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	write(func(ctx context.Context, tx *store.Tx) error {
		return audit.RecordPlatform(ctx, tx, audit.Entry{Action: "user_update", TargetKind: "user", TargetID: about, TargetName: "Ana Pop"})
	})
	secret = uuid.MustParse(psql(t, database.SuperuserURL, "select id from platform_audit_secrets where subject_id = '"+about.String()+"'"))
	psql(t, database.SuperuserURL, "alter table platform_audit_events alter column occurred_at set default clock_timestamp() - interval '"+age+"'")
	write(func(ctx context.Context, tx *store.Tx) error {
		return chain.Erasure{Secrets: []uuid.UUID{secret}}.RecordPlatform(ctx, tx, keys, about)
	})
	return about, secret
}

func TestAuditVerifyExitsZeroBetweenTheStepsOfAnErasure(t *testing.T) {
	t.Parallel()
	database, keys, variables := sealing(t)
	_, secret := sealedLog(t, database, keys, "1 minute")
	said := must(t, variables, "audit", "verify")
	if !strings.Contains(said, "\nerasing platform/none, row secret "+secret.String()+", recorded at platform/none position 2: ") ||
		!strings.HasSuffix(said, "every row as it was sealed, 1 secrets being erased.\n") || strings.Contains(said, "FOUND") {
		t.Errorf("it says %s", said)
	}
}

// sealing is a database, a ring of keys, and the settings with which the program has both.
func sealing(t *testing.T) (testkit.Database, *seal.Ring, settings) {
	t.Helper()
	database := testkit.NewDatabase(t)
	key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", seal.KeySize)))
	keys, err := seal.Parse(key)
	if err != nil {
		t.Fatal(err)
	}
	return database, keys, external(database).with(settings{"SECRET_KEYS": key})
}

func TestAuditVerifyTellsWhatWasErasedFromWhatWasOnlySaidToBeAndWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	database, keys, variables := sealing(t)
	about, secret := sealedLog(t, database, keys, "2 hours")

	said := runProgram(t, variables, "", "audit", "verify")
	if said.code != 1 || !strings.Contains(said.stdout, "secret "+secret.String()+", recorded at platform/") || !strings.Contains(said.stdout, "FOUND platform/") {
		t.Errorf("with the secret still there: %+v", said)
	}

	psql(t, database.SuperuserURL, "begin; alter table platform_audit_events disable trigger append_only; update platform_audit_events set target_name = '' where target_id = '"+about.String()+
		"' and action = 'user_update'; alter table platform_audit_events enable trigger append_only; delete from platform_audit_secrets where id = '"+secret.String()+"'; commit")
	erased := must(t, variables, "audit", "verify")
	if !strings.Contains(erased, "\nerased platform/") || !strings.Contains(erased, "the content was erased, as the sealed record at platform/") ||
		!strings.HasSuffix(erased, "every row as it was sealed, 2 times what was erased aside.\n") || strings.Contains(erased, "FOUND") {
		t.Errorf("erased: %s", erased)
	}

	psql(t, database.SuperuserURL, "begin; alter table platform_audit_events disable trigger append_only; update platform_audit_events set target_name = 'Ana' where target_id = '"+about.String()+
		"' and action = 'user_update'; alter table platform_audit_events enable trigger append_only; commit")
	refilled := runProgram(t, variables, "", "audit", "verify")
	if refilled.code != 1 || !strings.Contains(refilled.stdout, chain.Unprovable) || strings.Count(refilled.stderr, "\n") != 1 {
		t.Errorf("put back: %+v", refilled)
	}
}
