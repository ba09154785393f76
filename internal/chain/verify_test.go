package chain_test

import (
	"strings"
	"testing"

	"frontdesk/internal/chain"
)

// tampering is what somebody who owns the database may do to five sealed rows, one
// to five by position. The names of tables stand for those of either log.
var tamperings = []struct {
	name, sql string
	// what is found, and at which position; 0 is a row without a seal.
	what     string
	position int64
}{
	{"a name is altered", "update {events} set target_name = 'y' where id = {3}", chain.Altered, 3},
	{"a value is altered", `update {events} set after = '{"name": "y"}' where id = {3}`, chain.Altered, 3},
	{"a value is taken away", "update {events} set after = null where id = {3}", chain.Altered, 3},
	{"the time is altered", "update {events} set occurred_at = occurred_at - interval '1 microsecond' where id = {1}", chain.Altered, 1},
	{"the actor is altered", "update {events} set actor_id = gen_random_uuid() where id = {5}", chain.Altered, 5},
	{"text moves to the next column", "update {events} set target_kind = target_kind || left(target_name, 1), target_name = substr(target_name, 2) where id = {2}", chain.Altered, 2},
	{"an address is added", "update {events} set ip = '10.0.0.0/8' where id = {2}", chain.Altered, 2},
	{"a row is removed", "delete from {events} where id = {3}", chain.Removed, 3},
	{"the last row is removed", "delete from {events} where id = {5}", chain.Removed, 5},
	{"two rows change places", `update {seals} set event_id = case event_id when {2} then {4}::uuid else {2}::uuid end where event_id in ({2}, {4})`, chain.Reordered, 2},
	{"two seals change places", `update {seals} set position = case position when 2 then -4 else -2 end where position in (2, 4);
		update {seals} set position = -position where position < 0`, chain.Reordered, 4},
	{"a row is put in past the list", "insert into {events} ({columns}) select {values} from {events} where id = {1}", chain.Inserted, 0},
	{"a row is held back from its seal", "insert into {events} ({columns}) select {values} from {events} where id = {1}; insert into {pending} ({listed}) select {listing} from {events} where id not in (select event_id from {seals})", chain.Waiting, 0},
	{"a row is held back and says that it is of tomorrow", "insert into {events} ({columns}) select {values} from {events} where id = {1}; update {events} set occurred_at = now() + interval '1 day' where id not in (select event_id from {seals}); insert into {pending} ({listed}) select {listing} from {events} where id not in (select event_id from {seals})", chain.Waiting, 0},
	{"a row goes before it is sealed", "insert into {pending} ({listed}) select {gone} from {events} where id = {1}", chain.Removed, 0},
	{"a link is broken", "update {seals} set previous_hash = sha256('x') where position = 3", chain.Broken, 3},
	{"a hash is made anew", "update {seals} set hash = sha256('x') where position = 3", chain.Forged, 3},
	{"a keyed hash is wrong", "update {seals} set mac = sha256('x') where position = 3", chain.Forged, 3},
	{"a seal in the middle is removed", "delete from {seals} where position = 3", chain.SealsGone, 4},
	{"the last seal is removed", "delete from {seals} where position = 5", chain.Inserted, 0},
}

// ofLog puts in the names of a log, and the ids of the rows by their positions.
func (l *logs) ofLog(platform bool, sql string) string {
	l.t.Helper()
	names := []string{
		"{events}", "audit_events", "{seals}", "audit_seals", "{pending}", "audit_pending",
		"{columns}", "tenant_id, id, occurred_at, actor_kind, action", "{values}", "tenant_id, gen_random_uuid(), now() - interval '2 minutes', actor_kind, action",
		"{listed}", "tenant_id, event_id", "{listing}", "tenant_id, id", "{gone}", "tenant_id, gen_random_uuid()",
	}
	if platform {
		names[1], names[3], names[5] = "platform_audit_events", "platform_audit_seals", "platform_audit_pending"
		names[11], names[13], names[15] = "event_id", "id", "gen_random_uuid()"
	}
	sql = strings.NewReplacer(names...).Replace(sql)
	rows, err := l.superuser.Query(l.t.Context(), "select position::text, event_id::text from "+names[3])
	if err != nil {
		l.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var position, id string
		if err := rows.Scan(&position, &id); err != nil {
			l.t.Fatal(err)
		}
		sql = strings.ReplaceAll(sql, "{"+position+"}", "'"+id+"'")
	}
	return sql
}

// tamper changes the database as its owner would who has switched the locks off.
func (l *logs) tamper(sql string) {
	l.t.Helper()
	l.exec("set session_replication_role = replica")
	// Two seals may only meet on their way: the keys are checked at the end.
	l.exec("alter table audit_seals drop constraint audit_seals_tenant_id_event_id_key, drop constraint audit_seals_position_check")
	l.exec("alter table platform_audit_seals drop constraint platform_audit_seals_event_id_key, drop constraint platform_audit_seals_position_check")
	l.exec("alter table audit_seals drop constraint audit_seals_proofs_check")
	for _, statement := range strings.Split(sql, ";") {
		l.exec(statement)
	}
	l.exec("set session_replication_role = origin")
}

func TestAVerificationFindsAndNamesWhatWasTamperedWithInEitherFormat(t *testing.T) {
	t.Parallel()
	for _, platform := range []bool{false, true} {
		for _, first := range []bool{false, true} {
			log := map[bool]string{false: "clinic", true: "platform"}[platform]
			format := map[bool]string{false: " 2: ", true: " 1: "}[first]
			for _, tampering := range tamperings {
				t.Run(log+format+tampering.name, func(t *testing.T) {
					t.Parallel()
					l := newLogs(t)
					if first {
						l.sealer.InFirstFormat()
					}
					for _, name := range []string{"one", "two", "three", "four", "five"} {
						l.write(t.Context(), l.clinic, name)
					}
					l.run()
					l.assertWhole(5)
					l.tamper(l.ofLog(platform, tampering.sql))
					l.assertFound(log, tampering.what, tampering.position)
				})
			}
		}
	}
}

// assertFound finds that, and nothing in the other log.
func (l *logs) assertFound(log, what string, position int64) {
	l.t.Helper()
	found := l.verify().Findings
	if !names(found, log, what, position) {
		l.t.Errorf("found %v, and not that position %d is %s", found, position, what)
	}
	for _, finding := range found {
		if !strings.HasPrefix(finding.Chain.String(), log) {
			l.t.Errorf("the other log is blamed: %s", finding)
		}
	}
}

// names is true when a finding says so of the position, and names the row.
func names(found []chain.Finding, log, what string, position int64) bool {
	for _, finding := range found {
		if finding.What == what && finding.Position == position && finding.Row != "" && strings.HasPrefix(finding.Chain.String(), log) {
			return true
		}
	}
	return false
}

func TestASealOfAKeyThatIsNoLongerHeldIsTold(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	l.write(t.Context(), l.clinic, "x")
	l.run()
	l.verifier.Keys = keys(t, "b")
	if found := l.verify().Findings; !names(found, "clinic", chain.Forged, 1) || !names(found, "platform", chain.Forged, 1) {
		t.Errorf("another key's seals: %v", found)
	}
}

func TestAnEndThatIsCutOffIsFoundByTheHeadsThatWereKept(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	for range 5 {
		l.write(t.Context(), l.clinic, "x")
	}
	l.run()
	for _, head := range l.verify().Heads {
		kept, err := chain.ParseHead(head.String())
		if err != nil || kept.String() != head.String() {
			t.Fatalf("%s reads as %s (%v)", head, kept, err)
		}
		l.verifier.Kept = append(l.verifier.Kept, kept)
	}
	l.write(t.Context(), l.clinic, "later")
	l.run()
	l.assertWhole(6)
	l.tamper("delete from audit_events where id in (select event_id from audit_seals where position > 3); delete from audit_seals where position > 3")
	found := l.verify().Findings
	if len(found) != 1 || found[0].What != chain.CutOff || found[0].Position != 5 {
		t.Errorf("found %v", found)
	}
}

func TestAChainThatWasMadeAnewIsFoundByTheHeadsThatWereKept(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	l.write(t.Context(), l.clinic, "x")
	l.run()
	l.verifier.Kept = l.verify().Heads
	// Somebody who has the keys as well.
	l.tamper("delete from audit_seals; update audit_events set target_name = 'y'; insert into audit_pending select tenant_id, id from audit_events")
	l.run()
	found := l.verify().Findings
	if len(found) != 1 || found[0].What != chain.Rewritten {
		t.Errorf("found %v", found)
	}
}

func TestWhatIsNoHeadIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "x", "clinic/x:1:00", "platform/none:x:00", "platform/none:1:xyz", "other/none:1:00", "platform/none:1"} {
		if head, err := chain.ParseHead(text); err == nil {
			t.Errorf("%q reads as %s", text, head)
		}
	}
}
