package chain_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/uuid"
)

func TestEveryRowIsSealedOfSuspendedAndDeletedTenantsToo(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	clinics := []uuid.UUID{l.clinic, l.addClinic("suspended"), l.addClinic("deleted")}
	for range 3 {
		for _, clinic := range clinics {
			l.write(t.Context(), clinic, "x")
		}
	}
	l.run()
	for _, clinic := range clinics {
		l.write(t.Context(), clinic, "later")
	}
	l.run()
	l.assertWhole(12)
	heads := l.verify().Heads
	if len(heads) != 6 {
		t.Errorf("%d chains, want one of each log for each clinic", len(heads))
	}
	for _, head := range heads {
		if head.Position != 4 {
			t.Errorf("the chain ends as %s", head)
		}
	}
}

func TestARunThatIsCutAtAnyStepNeitherLosesNorDoublesASeal(t *testing.T) {
	t.Parallel()
	for step, table := range map[string]string{
		"before a clinic's seals are made":        "insert on audit_seals",
		"after they are, before the list is told": "delete on audit_pending",
		"before the platform's seals are made":    "insert on platform_audit_seals",
		"before the platform's list is told":      "delete on platform_audit_pending",
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			l := newLogs(t)
			for range 5 {
				l.write(t.Context(), l.clinic, "x")
			}
			l.exec("create function cut() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return old; end $$")
			l.exec("create trigger cut before " + table + " for each row execute function cut()")
			for range 2 {
				l.awaitChains()
				if err := l.sealer.Run(t.Context()); err == nil {
					t.Error("a run that was cut says that it went well")
				}
			}
			l.write(t.Context(), l.clinic, "meanwhile")
			l.exec("drop function cut() cascade")
			l.awaitChains()
			l.run()
			l.assertWhole(6)
		})
	}
}

func TestAChainThatAnotherHoldsIsPassedByAndTheNextRunSealsIt(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	l.write(t.Context(), l.clinic, "x")
	l.exec("select pg_advisory_lock(hashtextextended('audit seal:clinic/' || $1, 0))", l.clinic.String())
	if err := l.sealer.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if sealed, ofPlatform := l.count("audit_seals"), l.count("platform_audit_seals"); sealed != 0 || ofPlatform != 1 {
		t.Errorf("%d rows of the held chain are sealed, and %d of the other", sealed, ofPlatform)
	}
	l.exec("select pg_advisory_unlock_all()")
	l.run()
	l.assertWhole(1)
}

func TestSeveralCopiesAndWritersAtOnceMakeOneChain(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	const writers, rows = 4, 30
	var writing, sealing sync.WaitGroup
	ended := make(chan struct{})
	for n := range writers {
		writing.Go(func() {
			for m := range rows {
				l.write(t.Context(), l.clinic, strconv.Itoa(n*rows+m))
			}
		})
	}
	for range 3 {
		sealing.Go(func() {
			for {
				if err := l.sealer.Run(t.Context()); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-ended:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(ended)
	sealing.Wait()
	l.run()
	l.assertWhole(writers * rows)
}

func TestAClinicWhoseChainFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	other := l.addClinic("active")
	l.write(t.Context(), l.clinic, "x")
	l.write(t.Context(), other, "x")
	l.exec("alter table audit_seals add constraint fails check (tenant_id <> '" + l.clinic.String() + "')")
	if err := l.sealer.Run(t.Context()); err == nil {
		t.Error("the failure is not told")
	}
	if made := l.count("audit_seals where tenant_id = $1", other); made != 1 || l.count("platform_audit_seals") != 2 {
		t.Errorf("%d seals of the other clinic", made)
	}
	l.exec("alter table audit_seals drop constraint fails")
	l.run()
	l.assertWhole(2)
}

func TestTenThousandRowsOfOneClinicAndOneEachOfAThousandAreAllSealed_Slow(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	insert := func(clinics, rows int) {
		l.exec(`insert into audit_events (tenant_id, id, actor_kind, action)
			select id, gen_random_uuid(), 'system', 'client_read' from (select id from tenants order by id desc limit $1) as chosen, generate_series(1, $2)`, clinics, rows)
	}
	insert(1, 10_000)
	l.run()
	l.exec(`insert into tenants (id, name, slug, timezone, max_seats)
		select gen_random_uuid(), 'Clinic', 'clinic-' || n, 'Europe/Bucharest', 5 from generate_series(1, 1000) as n`)
	insert(1000, 1)
	l.run()
	if made := l.count("audit_seals"); made != 11_000 {
		t.Errorf("%d seals", made)
	}
	for _, finding := range l.verify().Findings {
		t.Error(finding)
	}
}

func TestARunEndsAlsoWhileSomebodyWritesWithoutAPause(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	// Whenever a row is sealed another is written. It stops at a hundred, so that a
	// run that would never end fails here and does not hang.
	l.exec(`create function write_on() returns trigger language plpgsql as $$ begin
		if new.position < 100 then
			insert into audit_events (tenant_id, id, actor_kind, action) values (new.tenant_id, gen_random_uuid(), 'system', 'client_read');
		end if;
		return null;
	end $$`)
	l.exec("create trigger write_on after insert on audit_seals for each row execute function write_on()")
	l.write(t.Context(), l.clinic, "x")
	if err := l.sealer.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sealed, pending := l.count("audit_seals"), l.count("audit_pending"); sealed != 1 || pending != 1 {
		t.Errorf("%d rows are sealed, and %d wait for the next run", sealed, pending)
	}
}
