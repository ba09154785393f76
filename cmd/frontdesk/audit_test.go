package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
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

// sealed waits until every row of both logs has its seal, and its head stands outside.
func sealed(t *testing.T, database testkit.Database) {
	t.Helper()
	testkit.Eventually(t, "every row is sealed", func() bool {
		return database.Count(t, "select (select count(*) from audit_seals) * (select count(*) from platform_audit_seals)") > 0 &&
			database.Count(t, "select (select count(*) from audit_pending) + (select count(*) from platform_audit_pending)") == 0
	})
}

// unlocked lets a superuser past every trigger and foreign key.
const unlocked = "set session_replication_role = replica; "

func TestHazard103WhatTheRunningProgramIsAskedToSealAnewIsFoundAndARestoreIsToldOf(t *testing.T) {
	t.Parallel()
	database, _, variables := sealing(t)
	variables = variables.with(settings{"DATA_DIR": folder(t) + "/data"})
	must(t, variables, "demo")
	program := serveProgram(t, variables)
	if got := reception(t, program.url).post("/clients", newClient("Kept")); got.status != http.StatusSeeOther {
		t.Fatalf("a form answers %d", got.status)
	}
	sealed(t, database)
	if said := must(t, variables, "audit", "verify"); !strings.Contains(said, "\nHeads stand in the file storage since ") {
		t.Errorf("before: %s", said)
	}
	psql(t, database.SuperuserURL, unlocked+`update audit_events set target_name = 'Forged' where action = 'client_create';
		insert into audit_pending (tenant_id, event_id) select tenant_id, event_id from audit_seals on conflict do nothing; delete from audit_seals`)
	testkit.Eventually(t, "the program says that the log is not as it was", func() bool {
		return strings.Contains(program.logged(), "ALARM: what waits in the audit logs is not sealed")
	})
	found := runProgram(t, variables, "", "audit", "verify")
	if found.code != 1 || !strings.Contains(found.stdout, chain.CutOff) || database.Count(t, "select count(*) from audit_seals") != 0 {
		t.Errorf("rows listed anew: %+v", found)
	}
	if byLog := runProgram(t, variables.with(settings{"DATA_DIR": folder(t) + "/other"}), "", "audit", "verify", "--heads", logFile(t, program)); byLog.code != 1 || !strings.Contains(byLog.stdout, chain.CutOff) {
		t.Errorf("by the program's log alone: %+v", byLog)
	}

	assertRefused(t, runProgram(t, variables, "", "audit", "resume"), "--reason")
	given := must(t, variables, "audit", "resume", "--reason", "restored Monday's backup")
	if !strings.Contains(given, "given up clinic/") || !strings.HasSuffix(given, "heads were given up.\n") {
		t.Errorf("resume says %s", given)
	}
	sealed(t, database)
	if said := must(t, variables, "audit", "verify"); !strings.Contains(said, "\ngiven up clinic/") || !strings.Contains(said, "because restored Monday's backup\n") {
		t.Errorf("afterwards: %s", said)
	}
}

// logFile is what the program has logged so far.
func logFile(t *testing.T, program *running) string {
	t.Helper()
	name := filepath.Join(folder(t), "log")
	if err := os.WriteFile(name, []byte(program.logged()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
