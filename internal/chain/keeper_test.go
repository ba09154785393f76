package chain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/chain"
	"frontdesk/internal/clock"
	"frontdesk/internal/storage"
)

// keepOutside has the heads kept in a folder, which the sealer and the verifier reach as
// two programs do.
func (l *logs) keepOutside(folder string) (log *bytes.Buffer) {
	l.t.Helper()
	log = &bytes.Buffer{}
	l.sealer.Keeper, l.verifier.Keeper = l.keeper(folder, log), l.keeper(folder, &bytes.Buffer{})
	return log
}

func (l *logs) keeper(folder string, log io.Writer) *chain.Keeper {
	l.t.Helper()
	return &chain.Keeper{Storage: l.files(folder), Keys: l.sealer.Keys, Log: slog.New(slog.NewTextHandler(log, nil)), Now: clock.System}
}

func (l *logs) files(folder string) *storage.Folder {
	l.t.Helper()
	files, err := storage.OpenFolder(folder)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := files.Close(); err != nil {
			l.t.Error(err)
		}
	})
	return files
}

// sealAnew has all rows of a clinic's chain from a position on sealed once more.
func (l *logs) sealAnew(from string) {
	l.t.Helper()
	l.tamperAtOnce(l.inLog(false, uuid.Nil, "update audit_events set target_name = 'y' where id = {"+from+"}; {anew} position >= "+from))
}

func TestHazard103NothingIsSealedBehindAnEndThatWasCutOffAndOtherChainsGoOn(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	l.keepOutside(t.TempDir())
	other := l.addClinic("active")
	for range 3 {
		l.write(t.Context(), l.clinic, "x")
	}
	l.run()
	l.tamperAtOnce(l.inLog(true, other, "delete from {seals} where event_id = {3}"))
	l.sealAnew("2")
	l.write(t.Context(), l.clinic, "later")
	l.write(t.Context(), other, "later")
	if err := l.sealer.Run(t.Context()); !errors.Is(err, chain.ErrCutOff) || !strings.Contains(err.Error(), "clinic/"+l.clinic.String()+" position 3") {
		t.Errorf("the sealer says %v", err)
	}
	if mine, others := l.count("audit_seals where tenant_id = $1", l.clinic), l.count("audit_seals where tenant_id = $1", other); mine != 1 || others != 1 {
		t.Errorf("%d seals of the chain that was cut off, and %d of the other", mine, others)
	}
	if mine, others := l.count("platform_audit_seals where chain_id = $1", l.clinic), l.count("platform_audit_seals where chain_id = $1", other); mine != 2 || others != 1 {
		t.Errorf("of the platform's log %d seals of the chain that was cut off, and %d of the other", mine, others)
	}
	if waiting := l.count("audit_pending"); waiting != 4 {
		t.Errorf("%d rows wait, want the three that were listed anew and the later one", waiting)
	}
}

func TestHazard103AfterTheRestoreOfAnOlderStateSealingGoesOnOnlyWhenSomebodySaysSo(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	log := l.keepOutside(t.TempDir())
	for range 3 {
		l.write(t.Context(), l.clinic, "x")
	}
	l.run()
	restored := l.addClinic("active")
	l.write(t.Context(), restored, "x")
	l.run()
	l.tamperAtOnce("delete from audit_seals where position = 3; delete from audit_events where id not in (select event_id from audit_seals); " +
		"delete from audit_seals where tenant_id = '" + restored.String() + "'; delete from audit_events where tenant_id = '" + restored.String() + "'; " +
		"delete from platform_audit_seals where chain_id = '" + restored.String() + "'; delete from platform_audit_events where tenant_id = '" + restored.String() + "'; delete from tenants where id = '" + restored.String() + "'")
	l.write(t.Context(), l.clinic, "later")
	if err := l.sealer.Run(t.Context()); !errors.Is(err, chain.ErrCutOff) {
		t.Errorf("the sealer says %v", err)
	}
	lost, err := l.verifier.Sealer().Resume(t.Context(), "a backup\nof May")
	if err != nil || len(lost) != 3 {
		t.Fatalf("given up: %v (%v)", lost, err)
	}
	l.run()
	report := l.verify()
	if len(report.Findings) > 0 || len(report.GivenUp) != 3 || !strings.HasSuffix(report.GivenUp[0].String(), "because a backup of May") {
		t.Errorf("found %v, given up %v", report.Findings, report.GivenUp)
	}
	if written := l.count("platform_audit_events where action = 'audit_resume' and reason like 'a backup%'"); written != 1 {
		t.Errorf("the log says it %d times", written)
	}
	// What was given up once is no licence for the next time.
	l.sealAnew("3")
	if err := l.sealer.Run(t.Context()); !errors.Is(err, chain.ErrCutOff) {
		t.Errorf("cut off again the sealer says %v", err)
	}
	if again, err := l.verifier.Sealer().Resume(t.Context(), "once more"); err != nil || len(again) != 1 {
		t.Errorf("given up: %v (%v)", again, err)
	}
	if !strings.Contains(log.String(), "clinic/"+l.clinic.String()+":3:") {
		t.Errorf("the program's log has no head: %s", log)
	}
}

func TestHazard103LogsOfBeforeAreTakenAsTheyAreAndGuardedFromThenOn(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	silent := l.addClinic("deleted")
	for range 3 {
		l.write(t.Context(), l.clinic, "x")
	}
	l.run() // by a program that keeps no heads
	l.keepOutside(t.TempDir())
	if report := l.verify(); !report.KeptSince.IsZero() || len(report.Findings) > 0 {
		t.Errorf("before there are heads: since %s, found %v", report.KeptSince, report.Findings)
	}
	l.run() // has nothing to seal
	if report := l.verify(); report.KeptSince.IsZero() || len(report.Findings) > 0 {
		t.Errorf("with heads, and a clinic %s that never had a log: since %s, found %v", silent, report.KeptSince, report.Findings)
	}
	l.sealAnew("3")
	if err := l.sealer.Run(t.Context()); !errors.Is(err, chain.ErrCutOff) {
		t.Errorf("the sealer says %v", err)
	}
	l.assertNamed("clinic", cutOff)
}

func TestHazard103WhatAnotherProgramSealedAnewIsFoundByEveryHeadThatWasEverKept(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	folder := t.TempDir()
	l.keepOutside(folder)
	for range 3 {
		l.write(t.Context(), l.clinic, "x")
		l.run()
	}
	l.sealAnew("2")
	// A copy of the program of before, which knows of no heads, then one that does.
	before := &chain.Sealer{Store: l.store, Keys: l.sealer.Keys}
	if err := before.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.write(t.Context(), l.clinic, "later")
	if err := l.sealer.Run(t.Context()); !errors.Is(err, chain.ErrCutOff) {
		t.Errorf("the sealer says %v", err)
	}
	l.assertNamed("clinic", []string{chain.Rewritten})
}

// failing is a file storage that is away for as long as it is told.
type failing struct {
	storage.Store
	away bool
}

func (f *failing) Put(ctx context.Context, key string, body io.ReadSeeker) error {
	if f.away {
		return storage.ErrUnavailable
	}
	return f.Store.Put(ctx, key, body)
}

func TestARowStaysOnTheListUntilItsHeadIsKept(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	folder := t.TempDir()
	l.keepOutside(folder)
	l.run()
	files := &failing{l.files(folder), true}
	l.sealer.Keeper.Storage = files
	l.write(t.Context(), l.clinic, "x")
	for range 2 {
		if err := l.sealer.Run(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("the sealer says %v", err)
		}
	}
	if waiting := l.count("audit_pending") + l.count("platform_audit_pending"); waiting != 2 {
		t.Errorf("%d rows wait", waiting)
	}
	files.away = false
	l.run()
	l.assertWhole(1)
	l.tamperAtOnce("delete from audit_seals; delete from audit_events")
	l.assertNamed("clinic", cutOff)
}

func TestNotesOfHeadsAreFewHoweverLongItGoesOnAndForgetNothing(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	folder := t.TempDir()
	l.keepOutside(folder)
	idle := l.addClinic("active")
	l.write(t.Context(), idle, "x")
	l.run()
	// Two copies take turns.
	copies := []*chain.Sealer{l.sealer, {Store: l.store, Keys: l.sealer.Keys, Keeper: l.keeper(folder, io.Discard)}}
	for turn := range 80 {
		l.write(t.Context(), l.clinic, "x")
		l.sealer = copies[turn%2]
		l.run()
	}
	noted := 0
	for _, err := range l.files(folder).List(t.Context(), storage.Prefix(uuid.Nil, "audit_heads")) {
		if err != nil {
			t.Fatal(err)
		}
		noted++
	}
	if noted < 2 || noted > 80 {
		t.Errorf("%d notes", noted)
	}
	l.assertWhole(81)
	l.tamperAtOnce("delete from audit_seals where tenant_id = '" + idle.String() + "'; delete from audit_seals where position = 80; delete from platform_audit_seals where position = 1")
	found := l.verify().Findings
	for _, cut := range []string{"clinic/" + idle.String(), "clinic/" + l.clinic.String(), "platform/" + idle.String()} {
		if !slices.ContainsFunc(found, func(finding chain.Finding) bool { return finding.Chain.String() == cut && finding.What == chain.CutOff }) {
			t.Errorf("%s is not said to be cut off", cut)
		}
	}
}

func TestANoteOfHeadsThatSomebodyWroteWithoutTheKeysCountsForNothing(t *testing.T) {
	t.Parallel()
	l := newLogs(t)
	folder := t.TempDir()
	l.keepOutside(folder)
	l.write(t.Context(), l.clinic, "x")
	l.run()
	forged := "frontdesk audit heads 1\nsince 2020-01-01T00:00:00Z\nhead clinic/" + l.clinic.String() + ":9:" + strings.Repeat("ab", 32) + "\nmac " + strings.Repeat("00", 32) + "\n"
	for _, text := range []string{forged, "", "mac ", "\nmac", "\nmac zz\n"} {
		if err := l.files(folder).Put(t.Context(), storage.Key(uuid.Nil, "audit_heads", uuid.NewString()), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	l.write(t.Context(), l.clinic, "x")
	l.run()
	l.assertWhole(2)
	if report := l.verify(); report.Unread != 5 || report.KeptSince.Year() == 2020 {
		t.Errorf("%d notes are unread, heads since %s", report.Unread, report.KeptSince)
	}
}
