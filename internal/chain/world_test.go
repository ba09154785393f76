package chain_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/chain"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// logs are both logs of a database with one clinic, and what seals and verifies them.
type logs struct {
	t         *testing.T
	store     *store.Store
	superuser *pgx.Conn
	sealer    *chain.Sealer
	verifier  *chain.Verifier
	clinic    uuid.UUID
	database  testkit.Database
}

func newLogs(t *testing.T) *logs {
	t.Helper()
	database := testkit.NewDatabase(t)
	l := &logs{t: t, database: database, store: database.Store(t), superuser: testkit.Connect(t, database.SuperuserURL)}
	l.sealer = &chain.Sealer{Store: l.store, Keys: keys(t, "a")}
	l.verifier = &chain.Verifier{Store: l.store, Keys: l.sealer.Keys}
	l.clinic = l.addClinic("active")
	return l
}

func keys(t *testing.T, letter string) *seal.Ring {
	t.Helper()
	ring, err := seal.Parse(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, seal.KeySize))))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func (l *logs) exec(sql string, arguments ...any) {
	l.t.Helper()
	if _, err := l.superuser.Exec(l.t.Context(), sql, arguments...); err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
}

func (l *logs) count(from string, arguments ...any) (count int) {
	l.t.Helper()
	if err := l.superuser.QueryRow(l.t.Context(), "select count(*) from "+from, arguments...).Scan(&count); err != nil {
		l.t.Fatalf("%s: %v", from, err)
	}
	return count
}

func (l *logs) addClinic(status string) uuid.UUID {
	l.t.Helper()
	id := uuid.Must(uuid.NewV7())
	l.exec("insert into tenants (id, name, slug, timezone, max_seats, status, deleted_at) values ($1, 'Clinic', $2, 'Europe/Bucharest', 5, $3, case $3 when 'deleted' then now() end)",
		id, "clinic-"+id.String()[24:], status)
	return id
}

// write writes a row into the clinic's log and one into the platform's about it.
func (l *logs) write(ctx context.Context, clinic uuid.UUID, name string) {
	l.t.Helper()
	ctx = actor.With(ctx, actor.System(clinic))
	event := audit.Entry{Action: "client_update", TargetKind: "client", TargetID: clinic, TargetName: name, After: audit.Fields{"notes": name}}
	if err := l.store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error { return audit.Record(ctx, tx, event) }); err != nil {
		l.t.Fatal(err)
	}
	about := audit.Entry{Action: "tenant_update", TargetKind: "tenant", TenantID: clinic, TargetName: name, After: audit.Fields{"name": name}}
	if err := l.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return audit.RecordPlatform(ctx, tx, about) }); err != nil {
		l.t.Fatal(err)
	}
}

// awaitChains waits until nobody holds a chain. Whoever was cut is told so before the
// database has given back what they held, and the next run would pass that chain by.
func (l *logs) awaitChains() {
	l.t.Helper()
	for _, chain := range []string{"clinic/" + l.clinic.String(), "platform/"} {
		l.exec("select pg_advisory_xact_lock(hashtextextended('audit seal:' || $1, 0))", chain)
	}
}

// run seals what waits.
func (l *logs) run() {
	l.t.Helper()
	if err := l.sealer.Run(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	if left := l.count("audit_pending") + l.count("platform_audit_pending"); left > 0 {
		l.t.Fatalf("%d rows still wait", left)
	}
}

func (l *logs) verify() chain.Report {
	l.t.Helper()
	report, err := l.verifier.Verify(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return report
}

// assertWhole finds nothing wrong, and so many seals.
func (l *logs) assertWhole(seals int) {
	l.t.Helper()
	for _, finding := range l.verify().Findings {
		l.t.Error(finding)
	}
	if made := l.count("audit_seals"); made != seals {
		l.t.Errorf("%d seals in the clinics' log, want %d", made, seals)
	}
	if made := l.count("platform_audit_seals"); made != seals {
		l.t.Errorf("%d seals in the platform's log, want %d", made, seals)
	}
}
