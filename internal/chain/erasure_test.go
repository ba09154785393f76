package chain_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/chain"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
)

// writeBy writes a row about the subject, by somebody, into both logs.
func (l *logs) writeBy(who, subject uuid.UUID, name string) {
	l.t.Helper()
	ctx := actor.With(l.t.Context(), actor.Actor{UserID: who, Name: "Dr. Ion Pop", TenantID: l.clinic})
	entry := audit.Entry{Action: "client_update", TargetKind: "client", TargetID: subject, TargetName: name, After: audit.Fields{"phone": "0722 000 000"}}
	if err := l.store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error { return audit.Record(ctx, tx, entry) }); err != nil {
		l.t.Fatal(err)
	}
	entry.TenantID = l.clinic
	if err := l.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error { return audit.RecordPlatform(ctx, tx, entry) }); err != nil {
		l.t.Fatal(err)
	}
}

// ids are what a column of a query holds.
func (l *logs) ids(sql string, arguments ...any) []uuid.UUID {
	l.t.Helper()
	rows, err := l.superuser.Query(l.t.Context(), sql, arguments...)
	if err != nil {
		l.t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		l.t.Fatal(err)
	}
	return found
}

// log is either of the two, with its tables and its way to record an erasure.
type log struct {
	name, events, secrets, chain string
}

func (l *logs) both() []log {
	return []log{
		{"clinic", "audit_events", "audit_secrets", "clinic/" + l.clinic.String()},
		{"platform", "platform_audit_events", "platform_audit_secrets", "platform/"},
	}
}

func (l *logs) recordErasure(of log, erased chain.Erasure, subject uuid.UUID) {
	l.t.Helper()
	err := error(nil)
	if of.name == "platform" {
		err = l.store.Platform(l.t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return erased.RecordPlatform(ctx, tx, l.sealer.Keys, subject)
		})
	} else {
		ctx := actor.With(l.t.Context(), actor.System(l.clinic))
		err = l.store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
			return erased.Record(ctx, tx, l.sealer.Keys, l.clinic, subject)
		})
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// eraseByHand is the second step of an erasure, as the owner of the tables.
func (l *logs) eraseByHand(of log, subject uuid.UUID, rows []uuid.UUID) {
	l.t.Helper()
	owner := testkit.Connect(l.t, l.database.OwnerURL)
	err := pgx.BeginFunc(l.t.Context(), owner, func(tx pgx.Tx) error {
		for _, step := range []struct {
			sql       string
			arguments []any
		}{
			{"select pg_advisory_xact_lock(hashtextextended('audit seal:' || $1, 0))", []any{of.chain}},
			{"alter table " + of.events + " no force row level security", nil},
			{"alter table " + of.secrets + " no force row level security", nil},
			{"alter table " + of.events + " disable trigger append_only", nil},
			{"update " + of.events + " set target_name = '', before = null, after = null, reason = '' where subject_id = $1 or id = any($2)", []any{subject, rows}},
			{"update " + of.events + " set actor_name = '', user_agent = '', ip = null where actor_id = $1 or actor_id is null and subject_id = $1 or id = any($2)", []any{subject, rows}},
			{"delete from " + of.secrets + " where subject_id = $1", []any{subject}},
			{"alter table " + of.events + " enable trigger append_only", nil},
			{"alter table " + of.secrets + " force row level security", nil},
			{"alter table " + of.events + " force row level security", nil},
		} {
			if _, err := tx.Exec(l.t.Context(), step.sql, step.arguments...); err != nil {
				return errors.Join(errors.New(step.sql), err)
			}
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// erased are two rows of each log about a client, by a doctor, of whom one was erased
// from each.
func erased(t *testing.T, ofDoctor bool) (l *logs, subject uuid.UUID) {
	t.Helper()
	l = newLogs(t)
	doctor, client := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	l.writeBy(doctor, client, "Ana Pop")
	l.writeBy(doctor, client, "Ana Popescu")
	l.run()
	if subject = client; ofDoctor {
		subject = doctor
	}
	for _, of := range l.both() {
		l.recordErasure(of, chain.Erasure{Secrets: l.ids("select id from "+of.secrets+" where subject_id = $1", subject)}, subject)
		l.run()
		l.eraseByHand(of, subject, nil)
	}
	return l, subject
}

func TestAnErasureBySecretsLeavesTheChainWholeAndIsToldWithItsRecord(t *testing.T) {
	t.Parallel()
	for part, ofDoctor := range map[string]bool{"content": false, "actor": true} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			l, subject := erased(t, ofDoctor)
			l.assertWhole(3)
			told := l.verify().Erased
			if len(told) != 4 {
				t.Errorf("told %v", told)
			}
			for _, row := range told {
				if !strings.Contains(row.What, "the "+part+" was erased, as the sealed record at ") || row.Position > 2 {
					t.Errorf("told %s", row)
				}
			}
			// Who comes back has another secret, and what was erased stays so.
			l.writeBy(subject, subject, "Somebody again")
			l.run()
			l.assertWhole(4)
			if told := l.verify().Erased; len(told) != 4 {
				t.Errorf("after a new row: %v", told)
			}
		})
	}
}

// writeAgo has rows that are written from now on be so old.
func (l *logs) writeAgo(age string) {
	for _, of := range l.both() {
		l.exec("alter table " + of.events + " alter column occurred_at set default clock_timestamp() - interval '" + age + "'")
	}
}

func TestAVerificationAfterEachStepOfAnErasureFindsNothingWrong(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	client := uuid.Must(uuid.NewV7())
	l.writeBy(uuid.Must(uuid.NewV7()), client, "Ana Pop")
	l.run()
	for _, of := range l.both() {
		secrets := l.ids("select id from "+of.secrets+" where subject_id = $1", client)
		before := len(l.verify().Erased)
		for _, step := range []struct {
			name            string
			do              func()
			erasing, erased int
		}{
			{"recorded", func() { l.recordErasure(of, chain.Erasure{Secrets: secrets}, client) }, 0, 0},
			{"sealed", l.run, 1, 0},
			{"cut in its second step", func() { l.eraseHalf(of, client) }, 1, 0},
			{"done", func() { l.eraseByHand(of, client, nil) }, 0, 1},
		} {
			step.do()
			report := l.verify()
			if len(report.Findings) > 0 || len(report.Erasing) != step.erasing || len(report.Erased) != before+step.erased {
				t.Errorf("%s, %s: found %v, %v is being erased, %v was", of.name, step.name, report.Findings, report.Erasing, report.Erased)
			}
			for _, erasing := range report.Erasing {
				if !strings.Contains(erasing.String(), "secret "+secrets[0].String()+", recorded at "+of.chain) {
					t.Errorf("%s: %s", of.name, erasing)
				}
			}
		}
	}
	l.assertWhole(2)
}

// eraseHalf is the second step of an erasure, cut off before its transaction ends.
func (l *logs) eraseHalf(of log, subject uuid.UUID) {
	l.t.Helper()
	owner := testkit.Connect(l.t, l.database.OwnerURL)
	cut := errors.New("cut off")
	err := pgx.BeginFunc(l.t.Context(), owner, func(tx pgx.Tx) error {
		for _, statement := range []string{
			"alter table " + of.events + " disable trigger append_only", "alter table " + of.secrets + " no force row level security",
			"delete from " + of.secrets + " where subject_id = '" + subject.String() + "'",
		} {
			if _, err := tx.Exec(l.t.Context(), statement); err != nil {
				return err
			}
		}
		return cut
	})
	if !errors.Is(err, cut) {
		l.t.Fatal(err)
	}
}

func TestAVerificationBesideErasuresFindsNothingWrong(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	subjects := make([]uuid.UUID, 8)
	for i := range subjects {
		subjects[i] = uuid.Must(uuid.NewV7())
		l.writeBy(uuid.Must(uuid.NewV7()), subjects[i], "Ana Pop")
	}
	l.run()
	done, verified := make(chan struct{}), make(chan error)
	go func() {
		defer close(verified)
		for {
			report, err := l.verifier.Verify(context.WithoutCancel(t.Context()))
			for _, found := range report.Findings {
				err = errors.Join(err, errors.New(found.String()))
			}
			if err != nil {
				verified <- err
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	for _, subject := range subjects {
		for _, of := range l.both() {
			l.recordErasure(of, chain.Erasure{Secrets: l.ids("select id from "+of.secrets+" where subject_id = $1", subject)}, subject)
			l.run()
			l.eraseByHand(of, subject, nil)
		}
	}
	close(done)
	if err := <-verified; err != nil {
		t.Error(err)
	}
}

func TestASecretThatIsThereAnHourAfterARecordSaidThatItIsErasedIsFound(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	client := uuid.Must(uuid.NewV7())
	l.writeBy(uuid.Must(uuid.NewV7()), client, "Ana Pop")
	l.run()
	l.writeAgo("61 minutes")
	for _, of := range l.both() {
		secrets := l.ids("select id from "+of.secrets+" where subject_id = $1", client)
		l.recordErasure(of, chain.Erasure{Secrets: secrets}, client)
		l.run()
		found := l.verify().Findings
		if len(found) != 1 || found[0].What != chain.NotErased || !strings.Contains(found[0].String(), "secret "+secrets[0].String()+", recorded at "+of.chain) {
			t.Errorf("%s: found %v", of.name, found)
		}
		l.eraseByHand(of, client, nil)
	}
	l.assertWhole(2)
}

func TestARowOfTheFirstFormatIsErasedWholeAndWhatIsLeftOfItStaysProven(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	subject := uuid.Must(uuid.NewV7())
	l.sealer.InFirstFormat()
	l.writeBy(subject, subject, "Ana Pop")
	l.run()
	later := &chain.Sealer{Store: l.store, Keys: l.sealer.Keys}
	l.sealer = later
	l.writeBy(subject, subject, "Ana Popescu")
	l.run()
	l.assertWhole(2)
	for _, of := range l.both() {
		rows := l.ids("select id from " + of.events + " where target_name = 'Ana Pop'")
		l.recordErasure(of, chain.Erasure{Secrets: l.ids("select id from "+of.secrets+" where subject_id = $1", subject), Rows: rows}, subject)
		l.run()
		l.eraseByHand(of, subject, rows)
	}
	l.assertWhole(3)
	told := l.verify().Erased
	if len(told) != 6 || !strings.Contains(told[0].What+told[1].What+told[2].What, "all but its place was erased, as the sealed record at clinic/"+l.clinic.String()+" position 3 says") {
		t.Errorf("told %v", told)
	}
	l.tamper("update audit_events set action = 'client_read' where id = (select event_id from audit_seals where position = 1)")
	l.assertFound("clinic", chain.Altered, 1)
}

func TestWhoOnlyHasTheDatabaseCannotPretendAnErasure(t *testing.T) {
	t.Parallel()
	first := "(select event_id from audit_seals where position = 1)"
	for name, tampering := range map[string]struct {
		sql, what string
		position  int64
	}{
		"a secret goes":            {"delete from audit_secrets where id = (select content_secret from audit_seals where position = 1)", chain.SecretGone, 1},
		"a secret is replaced":     {"update audit_secrets set secret = sha256('x') where id = (select content_secret from audit_seals where position = 1)", chain.Altered, 1},
		"a secret is another's":    {"update audit_secrets set subject_id = gen_random_uuid() where id = (select content_secret from audit_seals where position = 1)", chain.SecretGone, 1},
		"a proof is replaced":      {"update audit_seals set content_proof = sha256('x') where position = 1", chain.Altered, 1},
		"the format is another":    {"update audit_seals set format = 1, content_secret = null, content_proof = null, actor_secret = null, actor_proof = null where position = 1", chain.Altered, 1},
		"the subject is another":   {"update audit_events set subject_id = gen_random_uuid() where id = " + first, chain.Altered, 1},
		"the subject is taken off": {"update audit_events set subject_id = null where id = " + first, chain.Altered, 1},
		"a record of an erasure is forged": {
			`insert into audit_events (tenant_id, id, actor_kind, action, after) select tenant_id, gen_random_uuid(), 'system', 'audit_erase', jsonb_build_object('secrets', jsonb_build_array(content_secret), 'rows', '{}'::jsonb, 'keyed_hash', 'AAAA') from audit_seals where position = 1;
			insert into audit_pending select tenant_id, id from audit_events where action = 'audit_erase';
			delete from audit_secrets where id = (select content_secret from audit_seals where position = 1)`, chain.FalseErasure, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLogs(t)
			client := uuid.Must(uuid.NewV7())
			l.writeBy(uuid.Must(uuid.NewV7()), client, "Ana Pop")
			l.writeBy(uuid.Must(uuid.NewV7()), client, "Ana Pop")
			l.run()
			l.assertWhole(2)
			l.tamper(tampering.sql)
			l.run()
			l.assertFound("clinic", tampering.what, tampering.position)
		})
	}
}

func TestWhatIsPutBackWhereSomethingWasErasedIsFound(t *testing.T) {
	t.Parallel()
	l, subject := erased(t, false)
	l.tamper("update audit_events set target_name = 'Ana Pop' where subject_id = '" + subject.String() + "' and id = (select event_id from audit_seals where position = 1)")
	l.assertFound("clinic", chain.Unprovable, 1)
}

func TestTwoRowsThatSayTheSameDoNotLookTheSame(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	client := uuid.Must(uuid.NewV7())
	l.writeBy(client, client, "Ana Pop")
	l.writeBy(client, client, "Ana Pop")
	l.run()
	if proofs := l.count("(select content_proof from audit_seals union select actor_proof from audit_seals) as proofs"); proofs != 4 {
		t.Errorf("%d proofs of two rows with two parts each", proofs)
	}
	if secrets := l.count("audit_secrets"); secrets != 1 {
		t.Errorf("%d secrets of one person", secrets)
	}
}

func TestNoLoginOfTheProgramChangesOrDeletesASecret(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	for login, url := range map[string]string{"tenant": l.database.TenantURL, "platform": l.database.PlatformURL, "owner": l.database.OwnerURL, "superuser": l.database.SuperuserURL} {
		connection := testkit.Connect(t, url)
		if _, err := connection.Exec(t.Context(), "select set_config('app.tenant_id', $1, false)", l.clinic.String()); err != nil {
			t.Fatal(err)
		}
		statements := []string{"update audit_secrets set subject_id = id", "truncate audit_secrets", "update platform_audit_secrets set subject_id = id", "truncate platform_audit_secrets"}
		if login == "tenant" || login == "platform" {
			statements = append(statements, "delete from audit_secrets", "delete from platform_audit_secrets")
		}
		for _, statement := range statements {
			_, err := connection.Exec(t.Context(), statement)
			if failure, ok := errors.AsType[*pgconn.PgError](err); !ok || failure.Code != "42501" {
				t.Errorf("%s: %s is answered with %v", login, statement, err)
			}
		}
	}
}
