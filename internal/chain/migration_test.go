package chain_test

import (
	"context"
	"testing"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/chain"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// registryMigration turned actions into text, and gave seals their second format.
const registryMigration = 23

// migrate brings the schema below the version and up again; between runs at the bottom.
func (l *logs) migrate(database testkit.Database, below int64, between func()) {
	l.t.Helper()
	migrator, err := store.NewMigrator(l.t.Context(), database.OwnerURL, store.Config{TenantURL: database.TenantURL, PlatformURL: database.PlatformURL})
	if err != nil {
		l.t.Fatal(err)
	}
	defer migrator.Close()
	for {
		at, _, err := migrator.Version(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		if at < below {
			break
		}
		if err := migrator.Down(l.t.Context()); err != nil {
			l.t.Fatal(err)
		}
	}
	between()
	if err := migrator.Up(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// rowsAsText are all rows of both logs, as far as they are the same in either schema.
func (l *logs) rowsAsText() (rows string) {
	l.t.Helper()
	err := l.superuser.QueryRow(l.t.Context(), `select string_agg(event::text, ' ' order by event::text) from (
		select to_jsonb(audit_events) - 'subject_id' as event from audit_events union all select to_jsonb(platform_audit_events) - 'subject_id' from platform_audit_events) as every`).Scan(&rows)
	if err != nil {
		l.t.Fatal(err)
	}
	return rows
}

func TestRowsAndSealsOutliveTheMigrationOfActionsToTextAndBack(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	second := l.sealer
	l.sealer = &chain.Sealer{Store: l.store, Keys: second.Keys}
	l.sealer.InFirstFormat()
	l.write(t.Context(), l.clinic, "x")
	l.run()
	l.sealer = second
	l.write(t.Context(), l.clinic, "x")
	ctx := actor.With(t.Context(), actor.System(l.clinic))
	err := l.store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Action: "tooth_pull", TargetName: "a noun of a later program"})
	})
	if err != nil {
		t.Fatal(err)
	}
	l.run()
	before := l.rowsAsText()
	l.migrate(l.database, registryMigration, func() {
		if enums := l.count("pg_type where typname = 'audit_action'"); enums != 1 {
			t.Errorf("below there are %d enums of actions", enums)
		}
		if l.rowsAsText() != before {
			t.Error("the way down changed a row")
		}
		// Seals that the program of before cannot read are taken back, and their rows wait.
		if kept, waiting := l.count("audit_seals"), l.count("audit_pending"); kept != 1 || waiting != 2 {
			t.Errorf("below there are %d seals, and %d rows wait", kept, waiting)
		}
		if kept := l.count("audit_events where action = 'tooth_pull'"); kept != 1 {
			t.Errorf("%d rows of an action that the enum did not know", kept)
		}
	})
	if l.rowsAsText() != before {
		t.Error("the way down and up changed a row")
	}
	if sealed := l.count("audit_seals where format = 1") + l.count("platform_audit_seals where format = 1"); sealed != 2 {
		t.Errorf("%d seals of the first format are left", sealed)
	}
	l.run()
	for _, finding := range l.verify().Findings {
		t.Error(finding)
	}
	if open := l.count("pg_class where relname like '%audit%' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)"); open > 0 {
		t.Errorf("%d tables of the logs are not forced any more", open)
	}
	if off := l.count("pg_trigger where tgname in ('append_only', 'never_changed') and tgenabled <> 'O'"); off > 0 {
		t.Errorf("%d locks of the logs are off", off)
	}
}

func TestAnActionOfAnotherFormIsRefusedByTheTable(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	for _, table := range []string{"audit_events (tenant_id, id, actor_kind, action) values ('" + l.clinic.String() + "', gen_random_uuid(), 'system', $1)",
		"platform_audit_events (id, actor_kind, action) values (gen_random_uuid(), 'system', $1)"} {
		for _, action := range []string{"", "Client_read", "client read", "1_read", "x"} {
			if _, err := l.superuser.Exec(t.Context(), "insert into "+table, action); err == nil {
				t.Errorf("%q is kept", action)
			}
		}
	}
}
