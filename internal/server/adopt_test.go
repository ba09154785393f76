package server_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"frontdesk/internal/guard"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// belowMAC is the version before rows had a MAC.
const belowMAC = 46

// upgrade puts the database back to before rows had a MAC, with what is in it, and up
// again.
func (f *forger) upgrade(t *testing.T) {
	t.Helper()
	migrator, err := store.NewMigrator(t.Context(), f.Database.OwnerURL, store.Config{TenantURL: f.Database.TenantURL, PlatformURL: f.Database.PlatformURL})
	if err != nil {
		t.Fatal(err)
	}
	defer migrator.Close()
	for at := int64(belowMAC + 1); at > belowMAC; {
		if err := migrator.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at, _, err = migrator.Version(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrator.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// adopt is the start of a copy of the program.
func (f *forger) adopt(t *testing.T, world *clinic.World) {
	t.Helper()
	if err := guard.Adopt(t.Context(), world.Store, slog.New(slog.DiscardHandler), 0); err != nil {
		t.Fatal(err)
	}
}

// lastAdopted is what the platform's log says of the latest adoption.
func (f *forger) lastAdopted(t *testing.T) string {
	t.Helper()
	return f.Database.Text(t, `select coalesce((select after::text from platform_audit_events where action = 'session_adopt' order by occurred_at desc, id desc limit 1), '')`)
}

func TestHazard104_AnUpgradeSignsNobodyOutAndKillsNoLinkAndEndsTheTimeOfRowsWithoutMAC(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.Database.Execute(t, "update tenants set max_seats = 100")
	owner, admin := f.alfa.SignInOwner(), f.SuperAdmin()
	invite := f.keep(t)
	reset, _ := f.resetLink(t, f.alfa.Staff.ID)
	f.upgrade(t)
	good := func(when string, world *clinic.World) {
		t.Helper()
		for page, browser := range map[string]*clinic.Browser{"/clients": owner, "/admin/tenants": admin, "/invite/" + invite.Token: f.Browser(), "/password-reset/" + reset: f.Browser()} {
			if answer := f.at(world, browser).Get(page); answer.Status != http.StatusOK {
				t.Errorf("%s: %s answers %d", when, page, answer.Status)
			}
		}
	}
	upgraded := f.Copy()
	good("before anything is adopted", upgraded)
	f.adopt(t, upgraded)
	if said := f.lastAdopted(t); said != `{"invites": 1, "sessions": 2, "password_resets": 1}` {
		t.Errorf("the log says %s", said)
	}
	again := f.Copy() // remembers nothing
	good("afterwards", again)
	token, hash := guard.NewToken()
	f.change(t, `insert into sessions (token_hash, user_id, tenant_id, role, expires_at) values ($1, $2, $3, 'owner', now() + interval '1 hour')`,
		hash, f.beta.Owner.ID, f.beta.ID)
	f.adopt(t, again)
	if answer := f.at(again, f.with(t, token)).Get("/clients"); answer.Status != http.StatusSeeOther {
		t.Errorf("a session without a MAC answers %d after the time for it", answer.Status)
	}
	if f.Database.Count(t, "select count(*) from platform_audit_events where action = 'session_adopt'") != 1 {
		t.Error("something was adopted twice, or after the time for it")
	}
	joined := f.at(again, f.Browser()).Post("/invite/"+invite.Token, url.Values{"name": {"Guest"}, "password": {clinic.Password}, "password_confirm": {clinic.Password}})
	if joined.Status != http.StatusSeeOther {
		t.Errorf("joining answers %d", joined.Status)
	}
}

// at has a browser ask another copy of the program.
func (f *forger) at(world *clinic.World, browser *clinic.Browser) *clinic.Browser {
	moved := world.Browser()
	from, _ := url.Parse(f.URL)
	to, _ := url.Parse(world.URL)
	moved.Client.Jar.SetCookies(to, browser.Client.Jar.Cookies(from))
	return moved
}

func TestHazard104_WhatTheProgramBeforeWritesDuringAnUpgradeIsAdopted(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.upgrade(t)
	upgraded := f.Copy()
	quiet := slog.New(slog.DiscardHandler)
	if err := guard.Adopt(t.Context(), upgraded.Store, quiet, guard.Overlap); err != nil {
		t.Fatal(err)
	}
	if left := f.Database.Count(t, "select count(*) from mac_grace where open_until between now() + interval '29 minutes' and now() + interval '30 minutes'"); left != 1 {
		t.Error("the time for it is not bounded by its first start")
	}
	// The program before this one signs somebody in, and moves a session that has a MAC.
	made, madeHash := guard.NewToken()
	f.change(t, `insert into sessions (token_hash, user_id, tenant_id, role, expires_at) values ($1, $2, $3, 'staff', now() + interval '1 hour')`,
		madeHash, f.alfa.Staff.ID, f.alfa.ID)
	moved, movedHash := guard.NewToken()
	f.change(t, "update sessions set token_hash = $1 where id = $2", movedHash, f.sessionRow(t, f.beta.SignInOwner()).id)
	for _, when := range []string{"before", "after"} {
		for _, token := range []string{made, moved} {
			if answer := f.at(upgraded, f.with(t, token)).Get("/clients"); answer.Status != http.StatusOK {
				t.Errorf("%s they were adopted a session answers %d", when, answer.Status)
			}
		}
		f.adopt(t, upgraded) // ends the time as well
	}
	if said := f.lastAdopted(t); said != `{"sessions": 2}` {
		t.Errorf("the log says %s", said)
	}
}

func TestHazard104_NoLoginOfTheProgramBeginsTheTimeWithoutMACAnew(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	for _, statement := range []string{
		"update mac_grace set open_until = 'infinity'", "update mac_grace set open_until = now() + interval '1 second'",
		"insert into mac_grace (open_until) values ('infinity')", "delete from mac_grace", "truncate mac_grace",
		"update mac_grace set one = null", "alter table mac_grace disable trigger all", "drop trigger mac_grace_ends on mac_grace",
		"set session_replication_role = replica",
	} {
		if _, err := f.login.Exec(t.Context(), statement); err == nil {
			t.Errorf("the platform's login may %s", statement)
		}
	}
	if open, err := f.Store.GraceOpen(t.Context()); open || err != nil {
		t.Errorf("a new installation takes rows without MAC: %v, %v", open, err)
	}
}

func TestHazard104_AKeyOfTheRingIsReplacedWithoutSigningAnybodyOut(t *testing.T) {
	t.Parallel()
	older, both, newer := rings(t)
	f := newForger(t, clinic.Keys(older))
	owner, invite := f.alfa.SignInOwner(), f.keep(t)
	rotated := f.Copy(clinic.Keys(both))
	if answer := f.at(rotated, owner).Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("with a newer key in front it answers %d", answer.Status)
	}
	f.adopt(t, rotated)
	after := f.Copy(clinic.Keys(newer))
	if answer := f.at(after, owner).Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("without the older key it answers %d", answer.Status)
	}
	if answer := f.at(after, f.Browser()).Get("/invite/" + invite.Token); answer.Status != http.StatusOK {
		t.Errorf("without the older key an invite answers %d", answer.Status)
	}
	if answer := owner.Get("/clients"); answer.Status != http.StatusSeeOther {
		t.Errorf("where the newer key is unknown it answers %d", answer.Status)
	}
	if f.lastAdopted(t) != "" {
		t.Error("a newer key is logged as an adoption")
	}
}

// rings are one of a key, one with a newer key before it, and one of that alone.
func rings(t *testing.T) (older, both, newer *seal.Ring) {
	t.Helper()
	const first, second = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
	made := make([]*seal.Ring, 0, 3)
	for _, keys := range []string{first, second + "," + first, second} {
		ring, err := seal.Parse(keys)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, ring)
	}
	return made[0], made[1], made[2]
}

func TestHazard104_CopiesThatStartAtOnceAdoptEachRowOnce(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	browsers := []*clinic.Browser{}
	for range 30 {
		browsers = append(browsers, f.Enter(clinic.Session{UserID: f.alfa.Owner.ID, TenantID: f.alfa.ID}))
	}
	f.upgrade(t)
	first, second := f.Copy(), f.Copy()
	var starting sync.WaitGroup
	for _, world := range []*clinic.World{first, second} {
		starting.Go(func() {
			if err := guard.Adopt(t.Context(), world.Store, slog.New(slog.DiscardHandler), guard.Overlap); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	f.adopt(t, first)
	if total := f.Database.Count(t, "select coalesce(sum((after ->> 'sessions')::int), 0) from platform_audit_events where action = 'session_adopt'"); total != 30 {
		t.Errorf("%d of 30 are logged as adopted", total)
	}
	for _, browser := range browsers {
		if answer := f.at(second, browser).Get("/sessions"); answer.Status != http.StatusOK {
			t.Errorf("it answers %d", answer.Status)
		}
	}
}
