package chain_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/chain"
)

// superuserTamperings are what somebody does to five sealed rows of each log, in one
// transaction, who has all of the database, while the program seals on. {mine} are the
// clinic's rows, or those about it, {chain} the seals of its chain; {anew} has the program
// seal once more the rows of the seals that are named behind it, {list} all without a seal.
var superuserTamperings = []struct {
	name, sql string
	// found is any of what may be said of it.
	found []string
	// gone is true where nothing can be written any more.
	gone bool
}{
	// Rows, sealed anew by the program itself.
	{"a row is altered, and it and all behind it are listed anew", `update {events} set target_name = 'y' where id = {3}; {anew} position >= 3`, cutOff, false},
	{"the last row is altered and listed anew", `update {events} set target_name = 'y' where id = {5}; {anew} position = 5`, cutOff, false},
	{"the first row is altered and all are listed anew", `update {events} set after = '{"name": "y"}' where id = {1}; {anew} true`, cutOff, false},
	{"all rows are listed anew as they are", `{anew} true`, cutOff, false},
	{"who did it is altered in all rows", `update {events} set actor_id = gen_random_uuid(), actor_name = 'Somebody', actor_kind = 'person' where {mine}; {anew} true`, cutOff, false},
	{"two rows change their times", `update {events} set occurred_at = case id when {2} then now() when {3} then now() - interval '1 hour' end where id in ({2}, {3}); {anew} position >= 2`, cutOff, false},
	{"a row is put between and all behind it are listed anew", `insert into {events} ({columns}) select {values} from {events} where id = {2}; {anew} position >= 3; {list}`, cutOff, false},
	{"a row gets another id and is listed anew", `update {events} set id = gen_random_uuid() where id = {5}; delete from {seals} where event_id = {5}; {list}`, cutOff, false},
	{"a row in the middle is removed and all behind it are listed anew", `{anew} position >= 3; delete from {pending} where event_id = {3}; delete from {events} where id = {3}`, cutOff, false},
	// Rows, by other ways.
	{"a row is altered and its seal left", `update {events} set reason = 'y' where id = {4}`, []string{chain.Altered}, false},
	{"a row is put in past the list", `insert into {events} ({columns}) select {values} from {events} where id = {1}`, []string{chain.Inserted}, false},
	{"a row of last month is put in and listed", `insert into {events} ({columns}) select {old} from {events} where id = {1}; {list}`, []string{chain.Backdated}, false},
	{"a row of next month is put in and listed", `insert into {events} ({columns}) select {coming} from {events} where id = {1}; {list}`, []string{chain.Backdated}, false},
	{"an erasure is pretended", `update {events} set target_name = '', before = null, after = null, reason = '' where id = {2}; delete from {secrets}`, []string{chain.SecretGone}, false},
	{"a secret is made anew", `update {secrets} set secret = sha256('x')`, []string{chain.Altered}, false},
	{"a secret is given to somebody else", `update {secrets} set subject_id = gen_random_uuid()`, []string{chain.SecretGone}, false},
	// Ends and whole logs.
	{"the last row is taken with its seal", `delete from {seals} where event_id = {5}; delete from {events} where id = {5}`, cutOff, false},
	{"the last seal is taken", `delete from {seals} where event_id = {5}`, cutOff, false},
	{"the log is brought back to its third row", `delete from {seals} where event_id in ({4}, {5}); delete from {events} where id in ({4}, {5})`, cutOff, false},
	{"the log is brought back and goes on otherwise", `delete from {seals} where event_id in ({4}, {5}); delete from {events} where id in ({4}, {5}); insert into {events} ({columns}) select {values} from {events} where id in ({1}, {2}, {3}); {list}`, cutOff, false},
	{"the log is emptied", `delete from {seals} where {chain}; delete from {pending}; delete from {events} where {mine}`, cutOff, false},
	{"the log is emptied with its secrets", `delete from {secrets}; delete from {seals} where {chain}; delete from {pending}; delete from {events} where {mine}`, cutOff, false},
	{"the log is emptied by a truncate", `truncate {seals}, {events}, {pending}, {secrets}`, cutOff, false},
	// Seals.
	{"all seals are removed", `delete from {seals} where {chain}`, cutOff, false},
	{"the seals' hashes are made anew without the keys", `update {seals} set hash = sha256(hash), previous_hash = case position when 1 then previous_hash else sha256(previous_hash) end where {chain}`, []string{chain.Forged}, false},
	{"a seal is copied behind the last", `insert into {seals} ({sealed}, position, event_id, previous_hash, hash, mac, format) select {sealed}, position + 1, gen_random_uuid(), hash, hash, mac, format from {seals} where event_id = {5}`, []string{chain.Removed}, false},
	{"the seals move up by one", `update {seals} set position = -position where {chain}; update {seals} set position = 1 - position where {chain}`, []string{chain.SealsGone}, false},
	{"the seals are made those of the first format", `update {seals} set format = 1, content_secret = null, content_proof = null, actor_secret = null, actor_proof = null where {chain}`, []string{chain.Altered}, false},
	{"a keyed hash is that of another seal", `update {seals} set mac = (select mac from {seals} where event_id = {1}) where event_id = {4}`, []string{chain.Forged}, false},
	{"two rows change their seals", `update {seals} set event_id = case event_id when {2} then {4}::uuid else {2}::uuid end where event_id in ({2}, {4})`, []string{chain.Reordered}, false},
	// Lists.
	{"the list is never filled again", `drop trigger pending on {events}`, []string{chain.Inserted}, false},
	{"a row goes while it is on the list", `insert into {pending} ({listed}) select {gone} from {events} where id = {1}`, []string{chain.Removed}, false},
	// Chains and tenants.
	{"the seals are given to another clinic", `update {seals} set {other} where {chain}`, cutOff, false},
	{"the rows are given to another clinic and listed anew", `delete from {seals} where {chain}; update {events} set tenant_id = {another} where {mine}; {list}`, cutOff, false},
	{"a clinic is removed with all that is of it", `delete from audit_seals; delete from audit_events; delete from audit_pending; delete from platform_audit_seals; delete from platform_audit_events; delete from platform_audit_pending; delete from tenants where id = {clinic}`, []string{chain.ChainIsNot}, true},
	{"a clinic gets another id", `update tenants set id = gen_random_uuid() where id = {clinic}; update {events} set tenant_id = (select id from tenants where id <> {another}) where tenant_id = {clinic}`, []string{chain.ChainIsNot}, true},
	{"a clinic is put in without a log", `insert into tenants (id, name, slug, timezone, max_seats) values (gen_random_uuid(), 'Clinic', 'unlogged', 'UTC', 5)`, []string{chain.NoLog}, false},
}

var cutOff = []string{chain.CutOff, chain.Rewritten}

// inLog puts in what stands for a log's own names.
func (l *logs) inLog(platform bool, another uuid.UUID, sql string) string {
	names := []string{
		"{anew}", "insert into {pending} ({listed}) select {listing} from {events} where id in (select event_id from {seals} where {chain}) on conflict do nothing; delete from {seals} where {chain} and",
		"{list}", "insert into {pending} ({listed}) select {listing} from {events} where id not in (select event_id from {seals}) on conflict do nothing",
	}
	sql = strings.NewReplacer(names...).Replace(sql)
	clinic, other := "'"+l.clinic.String()+"'", "'"+another.String()+"'"
	of := []string{"{secrets}", "audit_secrets", "{chain}", "tenant_id = " + clinic, "{sealed}", "tenant_id", "{other}", "tenant_id = " + other}
	if platform {
		of = []string{"{secrets}", "platform_audit_secrets", "{chain}", "chain_id = " + clinic, "{sealed}", "chain_id", "{other}", "chain_id = " + other}
	}
	of = append(of, "{mine}", "tenant_id = "+clinic, "{clinic}", clinic, "{another}", other,
		"{old}", "tenant_id, gen_random_uuid(), now() - interval '30 days', actor_kind, action",
		"{coming}", "tenant_id, gen_random_uuid(), now() + interval '30 days', actor_kind, action")
	return l.ofLog(platform, strings.NewReplacer(of...).Replace(sql))
}

// tamperAtOnce changes the database in one transaction, with every lock off.
func (l *logs) tamperAtOnce(sql string) {
	l.t.Helper()
	l.exec(`alter table audit_seals drop constraint if exists audit_seals_tenant_id_event_id_key, drop constraint if exists audit_seals_position_check, drop constraint if exists audit_seals_proofs_check;
		alter table platform_audit_seals drop constraint if exists platform_audit_seals_event_id_key, drop constraint if exists platform_audit_seals_position_check, drop constraint if exists platform_audit_seals_proofs_check`)
	l.exec("set session_replication_role = replica; " + sql + "; set session_replication_role = origin")
}

// sealMeanwhile has the sealer run again and again until stop. That it fails is its answer
// to what it finds.
func (l *logs) sealMeanwhile() (stop func()) {
	var ended atomic.Bool
	var sealing sync.WaitGroup
	sealing.Go(func() {
		for !ended.Load() {
			_ = l.sealer.Run(l.t.Context())
		}
	})
	return func() {
		ended.Store(true)
		sealing.Wait()
	}
}

func TestHazard103WhatASuperuserOfTheDatabaseDoesToALogWhileTheProgramSealsIsFound(t *testing.T) {
	t.Parallel()
	for _, tampering := range superuserTamperings {
		for _, platform := range []bool{false, true} {
			log := map[bool]string{false: "clinic", true: "platform"}[platform]
			t.Run(log+": "+tampering.name, func(t *testing.T) {
				t.Parallel()
				l := newLogs(t)
				l.keepOutside(t.TempDir())
				another := l.addClinic("active")
				for _, name := range []string{"one", "two", "three", "four", "five"} {
					l.write(t.Context(), l.clinic, name)
				}
				l.run()
				l.assertWhole(5)
				sql := l.inLog(platform, another, tampering.sql)
				stop := l.sealMeanwhile()
				l.tamperAtOnce(sql)
				if !tampering.gone {
					l.write(t.Context(), l.clinic, "afterwards")
				}
				stop()
				if !tampering.gone {
					l.write(t.Context(), l.clinic, "and then")
				}
				_ = l.sealer.Run(t.Context())
				l.assertNamed(log, tampering.found)
			})
		}
	}
}

// assertNamed finds one of these in the log, or of the clinic as a whole.
func (l *logs) assertNamed(log string, what []string) {
	l.t.Helper()
	found := l.verify().Findings
	for _, finding := range found {
		for _, one := range what {
			if finding.What == one && (strings.HasPrefix(finding.Chain.String(), log) || one == chain.NoLog) {
				return
			}
		}
	}
	l.t.Errorf("none of %q in %d findings: %v", what, len(found), found)
}
