package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"frontdesk/internal/store"
	"frontdesk/internal/store/rls"
	"frontdesk/internal/testkit"
)

// jobsFixture has a job of each clinic and one of the platform in the queue, and a
// connection as the tenant's login that stands in alfa.
type jobsFixture struct {
	*fixture
	psql           *pgx.Conn
	own, other, of int64 // alfa's, beta's and the platform's
}

func newJobsFixture(t *testing.T) *jobsFixture {
	t.Helper()
	f := &jobsFixture{fixture: newFixture(t)}
	f.own, f.other = f.job(t, `{"tenant_id": "`+f.alfa.String()+`"}`), f.job(t, `{"tenant_id": "`+f.beta.String()+`"}`)
	f.of = f.job(t, `{}`)
	f.psql = testkit.Connect(t, f.TenantURL)
	execute(t, f.psql, "select set_config('app.tenant_id', $1, false)", f.alfa)
	return f
}

func (f *fixture) job(t *testing.T, arguments string) (id int64) {
	t.Helper()
	err := f.superuser.QueryRow(t.Context(), "insert into river.river_job (kind, args, max_attempts) values ('mailbox_sync', $1, 1) returning id", arguments).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestHazard107AClinicSeesAndChangesItsOwnJobsOnly(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	seen, err := store.Collect[int64](f.psql.Query(t.Context(), "select id from river.river_job"))
	if err != nil || len(seen) != 1 || seen[0] != f.own {
		t.Errorf("alfa sees the jobs %v, its own is %d (%v)", seen, f.own, err)
	}
	for _, sql := range []string{
		"update river.river_job set kind = 'x'", "update river.river_job set kind = 'x' where id > 0", "update river.river_job set kind = 'x' where args <> '[]'",
		"select id from river.river_job for update",
	} {
		if tag, err := f.psql.Exec(t.Context(), sql); err != nil || tag.RowsAffected() != 1 {
			t.Errorf("%s: %d rows (%v)", sql, tag.RowsAffected(), err)
		}
	}
	if n := f.count(t, "select count(*) from river.river_job where kind = 'x' and id <> $1", f.own); n != 0 {
		t.Errorf("%d jobs of others are changed", n)
	}
	for _, sql := range []string{
		"update river.river_job set args = args", "update river.river_job set state = 'cancelled', finalized_at = now()",
		"update river.river_job set queue = 'x'", "update river.river_job set scheduled_at = now()", "update river.river_job set unique_key = null",
		"delete from river.river_job", "truncate river.river_job",
		"select from river.river_queue", "select from river.river_leader", "select from river.river_notification", "select from river.river_migration",
		"update river.river_queue set paused_at = now()", "delete from river.river_leader", "insert into river.river_notification (payload, topic) values ('{}', 'x')",
	} {
		if _, err := f.psql.Exec(t.Context(), sql); codeOf(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestHazard107WhatTheQueueKnowsOfOthersIsNotInItsStatistics(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	f.exec(t, "insert into river.river_job (kind, args, max_attempts) select 'mailbox_sync', jsonb_build_object('tenant_id', $1::text), 1 from generate_series(1, 200)", f.beta)
	f.exec(t, "analyze river.river_job")
	if n := f.count(t, "select count(*) from pg_stats where tablename = 'river_job'"); n == 0 {
		t.Fatal("there are no statistics to be read")
	}
	var readable int
	if err := f.psql.QueryRow(t.Context(), "select count(*) from pg_stats where tablename = 'river_job'").Scan(&readable); err != nil || readable != 0 {
		t.Errorf("%d columns of the queue tell their most common values (%v)", readable, err)
	}
}

func TestHazard107AClinicEnqueuesForItselfAndInNobodysWay(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	const insert = "insert into river.river_job (kind, max_attempts, args) values ('mailbox_sync', 1, $1)"
	own, theirs := `{"tenant_id": "`+f.alfa.String()+`"}`, `{"tenant_id": "`+f.beta.String()+`"}`
	if _, err := f.psql.Exec(t.Context(), insert, own); err != nil {
		t.Errorf("its own job: %v", err)
	}
	for _, arguments := range []string{
		theirs, `{}`, `{"tenant_id": null}`, `{"tenant_id": ["` + f.alfa.String() + `"]}`, `{"TENANT_ID": "` + f.alfa.String() + `"}`,
		`["` + f.alfa.String() + `"]`, `null`, `"tenant_id"`, `{"tenant_id": "` + f.alfa.String() + `", "tenant_id": "` + f.beta.String() + `"}`,
	} {
		if _, err := f.psql.Exec(t.Context(), insert, arguments); codeOf(err) != "42501" {
			t.Errorf("%s: %v", arguments, err)
		}
	}
	next := f.count(t, "select last_value + 5 from river.river_job_id_seq")
	for sql, arguments := range map[string][]any{
		// An id that the sequence will give to another.
		"insert into river.river_job (id, kind, max_attempts, args) values ($2, 'mailbox_sync', 1, $1)": {own, next},
		"insert into river.river_job (id, kind, max_attempts, args) values ($2, 'message_send', 1, $1)": {own, int64(1) << 60},
		// The keys of the sealer's job and of another clinic's.
		"insert into river.river_job (kind, max_attempts, args, unique_key, unique_states) values ('x', 1, $1, sha256($2), b'11111111')":            {own, []byte("&kind=audit_seal")},
		"insert into river.river_job (kind, max_attempts, args, unique_key, unique_states) values ('mailbox_sync', 1, $1, sha256($2), b'11111111')": {own, []byte(`&kind=mailbox_sync&args={"tenant_id":"` + f.beta.String() + `"}`)},
	} {
		if _, err := f.psql.Exec(t.Context(), sql, arguments...); codeOf(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	execute(t, f.psql, "insert into river.river_job (kind, max_attempts, args, unique_key, unique_states) values ('mailbox_sync', 1, $1, sha256($2), b'11111111')",
		own, []byte(`&kind=mailbox_sync&args={"tenant_id":"`+f.alfa.String()+`"}`))
}

func TestHazard107WithoutATenantTheQueueIsClosed(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	for _, setting := range []string{"reset app.tenant_id", "set app.tenant_id = ''", "set app.tenant_id = 'x'"} {
		execute(t, f.psql, setting)
		for _, sql := range []string{
			"select from river.river_job", "update river.river_job set kind = kind",
			"insert into river.river_job (kind, max_attempts, args) values ('x', 1, '{}')",
		} {
			if _, err := f.psql.Exec(t.Context(), sql); err == nil {
				t.Errorf("after %q: %s went through", setting, sql)
			}
		}
	}
}

func TestHazard107ThePlatformWorksOnEveryJob(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	platform := testkit.Connect(t, f.PlatformURL)
	for _, sql := range []string{"update river.river_job set state = 'running', attempt = 1", "delete from river.river_job"} {
		if tag, err := platform.Exec(t.Context(), sql); err != nil || tag.RowsAffected() != 3 {
			t.Errorf("%s: %d rows (%v)", sql, tag.RowsAffected(), err)
		}
	}
	execute(t, platform, "insert into river.river_job (id, kind, max_attempts, args) values (77, 'x', 1, '{}')")
}

// River's own migrations are walked down as far as its tables live, and up again, over the
// policies and by the owner, as an upgrade of River does it.
func TestHazard107RiversOwnMigrationsRunOverThePolicies(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	pool, err := pgxpool.New(t.Context(), f.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: store.JobSchema})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		direction rivermigrate.Direction
		opts      *rivermigrate.MigrateOpts
	}{
		{rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: 2}},
		{rivermigrate.DirectionUp, nil},
	} {
		if _, err := migrator.Migrate(t.Context(), step.direction, step.opts); err != nil {
			t.Fatalf("%s: %v", step.direction, err)
		}
		if n := f.count(t, "select count(*) from river.river_job where kind = 'mailbox_sync'"); n != 3 {
			t.Fatalf("%d jobs are left after going %s", n, step.direction)
		}
	}
	report, err := rls.Check(t.Context(), f.OwnerURL)
	if err != nil || len(report.Violations) > 0 {
		t.Errorf("after it: %v, %+v", err, report.Violations)
	}
	platform := testkit.Connect(t, f.PlatformURL)
	for _, table := range []string{"river_job", "river_queue", "river_leader", "river_notification"} {
		execute(t, platform, "delete from river."+table)
	}
}

// A forced policy would let River's own changes of rows change none.
func TestHazard107TheOwnerOfTheQueueIsNotBound(t *testing.T) {
	t.Parallel()
	f := newJobsFixture(t)
	owner := testkit.Connect(t, f.OwnerURL)
	if tag, err := owner.Exec(t.Context(), "update river.river_job set tags = array[$1::text]", uuid.New().String()); err != nil || tag.RowsAffected() != 3 {
		t.Errorf("the owner changes %d of 3 jobs (%v)", tag.RowsAffected(), err)
	}
}
