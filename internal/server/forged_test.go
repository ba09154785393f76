package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/delivery"
	"frontdesk/internal/guard"
	"frontdesk/internal/seat"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// forger is somebody with the platform's database login and an account of their own, who
// works in alfa and would like to be in beta.
type forger struct {
	*clinic.World
	alfa, beta *clinic.Clinic
	login      *pgx.Conn
}

func newForger(t *testing.T, options ...clinic.Option) *forger {
	t.Helper()
	world := clinic.New(t, options...)
	return &forger{World: world, alfa: world.Clinic("alfa"), beta: world.Clinic("beta"), login: testkit.Connect(t, world.Database.PlatformURL)}
}

// change runs a statement as the platform's login, which must be able to: what it cannot
// do needs no MAC.
func (f *forger) change(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	tag, err := f.login.Exec(t.Context(), statement, arguments...)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%s: %v, %d rows", statement, err, tag.RowsAffected())
	}
}

// with returns a browser that sends the token as its session's.
func (f *forger) with(t *testing.T, token string) *clinic.Browser {
	t.Helper()
	browser := f.Browser()
	address, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	browser.Client.Jar.SetCookies(address, []*http.Cookie{{Name: guard.SessionCookie, Value: token, Path: "/"}})
	return browser
}

func (f *forger) alarms() int {
	return strings.Count(f.Log.String(), "ALARM: a row is not as the program wrote it")
}

func TestHazard104_ASessionThatTheDatabaseLoginMakesOpensNothing(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	admin := f.Person("Admin", true)
	real := f.sessionRow(t, f.alfa.SignInOwner())
	for name, session := range map[string]struct {
		user   uuid.UUID
		tenant *uuid.UUID
		role   *string
		mac    []byte
	}{
		"an owner's":                       {f.beta.Owner.ID, &f.beta.ID, optionalText("owner"), nil},
		"a receptionist's":                 {f.beta.Staff.ID, &f.beta.ID, optionalText("staff"), nil},
		"a super-admin's":                  {admin.ID, nil, nil, nil},
		"an owner's, with another's MAC":   {f.beta.Owner.ID, &f.beta.ID, optionalText("owner"), real.mac},
		"an owner's, with a MAC of zeroes": {f.beta.Owner.ID, &f.beta.ID, optionalText("owner"), make([]byte, 40)},
		"an owner's, with the key's id":    {f.beta.Owner.ID, &f.beta.ID, optionalText("owner"), append(real.mac[:8:8], make([]byte, 32)...)},
	} {
		token, hash := guard.NewToken()
		f.change(t, `insert into sessions (token_hash, user_id, tenant_id, role, mac, expires_at) values ($1, $2, $3, $4, $5, now() + interval '1 hour')`,
			hash, session.user, session.tenant, session.role, session.mac)
		before := f.alarms()
		for _, page := range []string{"/", "/clients", "/team", "/admin/tenants", "/events"} {
			if answer := f.with(t, token).Get(page); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
				t.Errorf("%s session: %s answers %d %q", name, page, answer.Status, answer.Location())
			}
		}
		if f.alarms() == before {
			t.Errorf("%s session raises no alarm", name)
		}
	}
}

// sessionRow is what the database has of a browser's session.
type sessionRow struct {
	id   uuid.UUID
	hash []byte
	mac  []byte
}

func (f *forger) sessionRow(t *testing.T, browser *clinic.Browser) (row sessionRow) {
	t.Helper()
	address, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range browser.Client.Jar.Cookies(address) {
		if cookie.Name == guard.SessionCookie {
			row.hash, _ = guard.HashToken(cookie.Value)
		}
	}
	if err := f.login.QueryRow(t.Context(), "select id, mac from sessions where token_hash = $1", row.hash).Scan(&row.id, &row.mac); err != nil {
		t.Fatal(err)
	}
	return row
}

func optionalText(text string) *string { return &text }

func TestHazard104_ASessionOfWhichAColumnWasChangedOpensNothing(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	member := f.Member(f.alfa, "Both")
	f.platform(t, func(ctx context.Context, tx *store.Tx) error {
		return tx.MembershipCreate(ctx, db.MembershipCreateParams{TenantID: f.beta.ID, ID: uuid.Must(uuid.NewV7()), UserID: member.ID, Role: "staff"})
	})
	token, hash := guard.NewToken()
	for name, change := range map[string]struct {
		statement string
		arguments []any
		// elsewhere is the token by which the session is found afterwards.
		elsewhere string
	}{
		"user":                   {"update sessions set user_id = $2 where id = $1", []any{f.alfa.Staff.ID}, ""},
		"clinic":                 {"update sessions set tenant_id = $2 where id = $1", []any{f.beta.ID}, ""},
		"user and clinic":        {"update sessions set user_id = $2, tenant_id = $3, role = 'owner' where id = $1", []any{f.beta.Owner.ID, f.beta.ID}, ""},
		"id":                     {"update sessions set id = $2 where id = $1", []any{uuid.New()}, ""},
		"end":                    {"update sessions set expires_at = expires_at + interval '1 microsecond' where id = $1", nil, ""},
		"token":                  {"update sessions set token_hash = $2 where id = $1", []any{hash}, token},
		"no MAC":                 {"update sessions set mac = null where id = $1", nil, ""},
		"a bit of the MAC":       {"update sessions set mac = set_bit(mac, 319, 1 - get_bit(mac, 319)) where id = $1", nil, ""},
		"a bit of the key's id":  {"update sessions set mac = set_bit(mac, 0, 1 - get_bit(mac, 0)) where id = $1", nil, ""},
		"the MAC of another row": {"update sessions set mac = (select mac from sessions others where others.id <> sessions.id and mac is not null limit 1) where id = $1", nil, ""},
	} {
		browser := f.Enter(clinic.Session{UserID: member.ID, TenantID: f.alfa.ID})
		if answer := browser.Get("/clients"); answer.Status != http.StatusOK {
			t.Fatalf("%s: before the change it answers %d", name, answer.Status)
		}
		f.change(t, change.statement, append([]any{f.sessionRow(t, browser).id}, change.arguments...)...)
		if change.elsewhere != "" {
			browser = f.with(t, change.elsewhere)
		}
		before := f.alarms()
		if answer := browser.Get("/clients"); answer.Status != http.StatusSeeOther {
			t.Errorf("%s: it answers %d", name, answer.Status)
		}
		if answer := browser.Post("/sessions/ending", url.Values{}); answer.Status == http.StatusOK {
			t.Errorf("%s: it may write", name)
		}
		if f.alarms() == before {
			t.Errorf("%s raises no alarm", name)
		}
	}
}

func TestHazard104_ASessionBecomesNoSuperAdminsByTheFlag(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	person := f.Person("Ambitious", false)
	f.platform(t, func(ctx context.Context, tx *store.Tx) error {
		_, err := seat.Keep(ctx, tx, seat.Guest{TenantID: f.alfa.ID, Email: person.Email, Name: "x", Role: actor.Staff, Lifetime: time.Hour, Console: true})
		return err
	})
	browser := f.Enter(clinic.Session{UserID: person.ID})
	f.change(t, "update users set super_admin = true where id = $1", person.ID)
	if answer := browser.Get("/admin/tenants"); answer.Status != http.StatusSeeOther {
		t.Errorf("the console answers %d", answer.Status)
	}
}

// platform runs fn through the platform's door.
func (f *forger) platform(t *testing.T, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := f.Store.Platform(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// keep makes an invite into beta, and returns it with its token.
func (f *forger) keep(t *testing.T) (made delivery.Invite) {
	t.Helper()
	f.platform(t, func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = seat.Keep(ctx, tx, seat.Guest{
			TenantID: f.beta.ID, Email: fmt.Sprintf("%s@invited.example", uuid.NewString()), Name: "Guest", Role: actor.Staff,
			Lifetime: time.Hour, Console: true,
		})
		return err
	})
	return made
}

func TestHazard104_AnInviteThatTheDatabaseLoginMakesOrChangesOpensNothing(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.Database.Execute(t, "update tenants set max_seats = 100")
	own, ownHash := guard.NewToken()
	for name, change := range map[string]struct {
		statement string
		arguments []any
		token     string
	}{
		"clinic":               {"update invites set tenant_id = $2 where id = $1", []any{f.alfa.ID}, ""},
		"role":                 {"update invites set role = 'owner' where id = $1", nil, ""},
		"address":              {"update invites set email = 'forger@x.example' where id = $1", nil, ""},
		"name":                 {"update invites set name = 'Forger' where id = $1", nil, ""},
		"id":                   {"update invites set id = $2 where id = $1", []any{uuid.New()}, ""},
		"end":                  {"update invites set expires_at = expires_at + interval '1 day' where id = $1", nil, ""},
		"beginning":            {"update invites set created_at = created_at + interval '1 day' where id = $1", nil, ""},
		"token":                {"update invites set token_hash = $2 where id = $1", []any{ownHash}, own},
		"no MAC":               {"update invites set mac = null where id = $1", nil, ""},
		"the MAC of a session": {"update invites set mac = (select mac from sessions where mac is not null limit 1) where id = $1", nil, ""},
	} {
		f.alfa.SignInOwner() // a session whose MAC can be taken
		invite := f.keep(t)
		if answer := f.Browser().Get("/invite/" + invite.Token); answer.Status != http.StatusOK {
			t.Fatalf("%s: before the change it answers %d", name, answer.Status)
		}
		f.change(t, change.statement, append([]any{invite.ID}, change.arguments...)...)
		if change.token != "" {
			invite.Token = change.token
		}
		f.refusesInvite(t, name, invite.Token)
	}
	token, hash := guard.NewToken()
	f.change(t, `insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
		values ($1, $2, 'maker@x.example', 'Forger', 'owner', $3, now() + interval '1 day')`, f.beta.ID, uuid.New(), hash)
	f.refusesInvite(t, "a made one", token)
}

func (f *forger) refusesInvite(t *testing.T, name, token string) {
	t.Helper()
	before := f.alarms()
	if answer := f.Browser().Get("/invite/" + token); answer.Status != http.StatusNotFound {
		t.Errorf("%s: the page answers %d", name, answer.Status)
	}
	form := url.Values{"name": {"Forger"}, "password": {clinic.Password}, "password_confirm": {clinic.Password}}
	if answer := f.Browser().Post("/invite/"+token, form); answer.Status != http.StatusNotFound {
		t.Errorf("%s: joining answers %d", name, answer.Status)
	}
	if f.alarms() == before {
		t.Errorf("%s raises no alarm", name)
	}
}

func TestHazard104_AnInviteThatWasUsedOrTakenBackIsNotMadeGoodAgain(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	form := url.Values{"name": {"Guest"}, "password": {clinic.Password}, "password_confirm": {clinic.Password}}
	used, revoked := f.keep(t), f.keep(t)
	if answer := f.Browser().Post("/invite/"+used.Token, form); answer.Status != http.StatusSeeOther {
		t.Fatalf("joining answered %d: %s", answer.Status, answer.Text("main"))
	}
	f.change(t, "update invites set accepted_at = null where id = $1", used.ID)
	f.change(t, "update memberships set status = 'revoked', updated_at = now() - interval '1 day' where user_id = (select id from users where email = $1)", used.Email)
	f.refusesInvite(t, "a used one", used.Token)
	if answer := f.beta.SignInOwner().Post("/team/invites/"+revoked.ID.String()+"/revocation", url.Values{}); answer.Status != http.StatusSeeOther {
		t.Fatalf("taking it back answered %d", answer.Status)
	}
	f.change(t, "update invites set revoked_at = null where id = $1", revoked.ID)
	f.refusesInvite(t, "one that was taken back", revoked.Token)
}

func TestHazard104_TheDatabaseTakesNoSessionOrLinkThatNeverEnds(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.alfa.SignInOwner()
	f.keep(t)
	for _, statement := range []string{
		"update sessions set expires_at = 'infinity'", "update sessions set last_seen_at = 'infinity'",
		"update invites set expires_at = 'infinity'", "update invites set created_at = '-infinity'",
	} {
		if _, err := f.login.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s: it was taken", statement)
		}
	}
}

// resetLink makes a link for a new password of a person, as the job does, and returns its
// token and id.
func (f *forger) resetLink(t *testing.T, userID uuid.UUID) (token string, id uuid.UUID) {
	t.Helper()
	token, hash := guard.NewToken()
	id = uuid.Must(uuid.NewV7())
	f.platform(t, func(ctx context.Context, tx *store.Tx) error {
		return tx.PasswordResetCreate(ctx, db.PasswordResetCreateParams{ID: id, UserID: userID, TokenHash: hash, Lifetime: time.Hour})
	})
	return token, id
}

func TestHazard104_APasswordLinkThatTheDatabaseLoginMakesOrChangesOpensNothing(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	own, ownHash := guard.NewToken()
	before := f.Database.Text(t, "select password_hash from users where id = $1", f.beta.Owner.ID)
	for name, change := range map[string]struct {
		statement string
		arguments []any
		token     string
	}{
		"person":                  {"update password_resets set user_id = $2 where id = $1", []any{f.beta.Owner.ID}, ""},
		"id":                      {"update password_resets set id = $2 where id = $1", []any{uuid.New()}, ""},
		"end":                     {"update password_resets set expires_at = expires_at + interval '1 day' where id = $1", nil, ""},
		"token":                   {"update password_resets set token_hash = $2 where id = $1", []any{ownHash}, own},
		"no MAC":                  {"update password_resets set mac = null where id = $1", nil, ""},
		"the MAC of another link": {"update password_resets set mac = (select mac from password_resets others where others.id <> password_resets.id and mac is not null limit 1) where id = $1", nil, ""},
	} {
		f.resetLink(t, f.alfa.Owner.ID) // a link whose MAC can be taken
		token, id := f.resetLink(t, f.alfa.Staff.ID)
		if answer := f.Browser().Get("/password-reset/" + token); answer.Status != http.StatusOK {
			t.Fatalf("%s: before the change it answers %d", name, answer.Status)
		}
		f.change(t, change.statement, append([]any{id}, change.arguments...)...)
		if change.token != "" {
			token = change.token
		}
		f.refusesReset(t, name, token)
	}
	token, hash := guard.NewToken()
	f.change(t, "insert into password_resets (id, user_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '1 hour')",
		uuid.New(), f.beta.Owner.ID, hash)
	f.refusesReset(t, "a made one", token)
	if after := f.Database.Text(t, "select password_hash from users where id = $1", f.beta.Owner.ID); after != before {
		t.Error("a password was changed")
	}
}

func TestHazard104_APasswordLinkThatWasUsedOrTakenBackIsNotMadeGoodAgain(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	form := url.Values{"password": {"Marble-Lantern-51"}, "password_confirm": {"Marble-Lantern-51"}}
	revoked, revokedID := f.resetLink(t, f.alfa.Staff.ID)
	used, usedID := f.resetLink(t, f.alfa.Staff.ID)
	if answer := f.Browser().Post("/password-reset/"+used, form); answer.Status != http.StatusSeeOther {
		t.Fatalf("using it answered %d: %s", answer.Status, answer.Text("main"))
	}
	f.change(t, "update password_resets set used_at = null, revoked_at = null where id = $1", usedID)
	f.change(t, "update password_resets set revoked_at = null where id = $1", revokedID)
	f.refusesReset(t, "a used one", used)
	f.refusesReset(t, "one that was taken back", revoked)
}

func (f *forger) refusesReset(t *testing.T, name, token string) {
	t.Helper()
	before := f.alarms()
	if answer := f.Browser().Get("/password-reset/" + token); answer.Status != http.StatusNotFound {
		t.Errorf("%s: the page answers %d", name, answer.Status)
	}
	form := url.Values{"password": {"Marble-Lantern-52"}, "password_confirm": {"Marble-Lantern-52"}}
	if answer := f.Browser().Post("/password-reset/"+token, form); answer.Status != http.StatusNotFound {
		t.Errorf("%s: using it answers %d", name, answer.Status)
	}
	if f.alarms() == before {
		t.Errorf("%s raises no alarm", name)
	}
}

func TestHazard104_AGrantThatTheDatabaseMakesOrChangesLetsNobodyLook(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	id := uuid.Must(uuid.NewV7())
	// The tenant's login may make one; the platform's may change none, but its owner may.
	f.beta.Execute("insert into support_grants (id, granted_by, reason, expires_at) values ($1, $2, 'forged', now() + interval '1 day')", id, f.beta.Owner.ID)
	if answer := f.SuperAdmin().Post("/admin/tenants/"+f.beta.ID.String()+"/support-session", url.Values{}); answer.Status != http.StatusNotFound {
		t.Errorf("a forged grant answers %d", answer.Status)
	}
	f.beta.Execute("update support_grants set revoked_at = now()")
	for name, change := range map[string]string{
		"who gave it":    "update support_grants set granted_by = (select user_id from memberships where tenant_id = support_grants.tenant_id and user_id <> granted_by limit 1) where id = $1",
		"its end":        "update support_grants set expires_at = expires_at + interval '1 hour' where id = $1",
		"no MAC":         "update support_grants set mac = null where id = $1",
		"its revocation": "",
	} {
		grant := uuid.Must(uuid.NewV7())
		f.beta.Do(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.SupportGrantCreate(ctx, db.SupportGrantCreateParams{ID: grant, GrantedBy: f.beta.Owner.ID, Reason: "Calendar", Lifetime: time.Hour})
			return err
		})
		looking := f.Enter(clinic.Session{UserID: f.Person("Support", true).ID, TenantID: f.beta.ID, SupportGrantID: grant})
		if answer := looking.Get("/clients"); answer.Status != http.StatusOK {
			t.Fatalf("%s: before the change it answers %d", name, answer.Status)
		}
		if change == "" {
			f.beta.Do(func(ctx context.Context, tx *store.Tx) error { return tx.SupportGrantRevoke(ctx, grant) })
			change = "update support_grants set revoked_at = null where id = $1"
		}
		f.Database.Execute(t, change, grant)
		if answer := looking.Get("/clients"); answer.Status != http.StatusSeeOther {
			t.Errorf("%s: a look that goes by it answers %d", name, answer.Status)
		}
		f.Database.Execute(t, "update support_grants set revoked_at = now() where id = $1", grant)
	}
}
