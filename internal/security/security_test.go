package security_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

const page = "/settings/security"

// world is a clinic whose owner has a passkey, and a connection to its database.
type world struct {
	*clinic.World
	*clinic.Clinic
	t     *testing.T
	rows  *pgx.Conn
	owner *clinic.Browser
}

func newWorld(t *testing.T) *world {
	t.Helper()
	made := clinic.New(t)
	w := &world{World: made, Clinic: made.Clinic("alfa"), t: t, rows: testkit.Connect(t, made.Database.SuperuserURL)}
	w.owner = w.SignInOwner()
	w.give(w.Owner.ID)
	return w
}

// give gives somebody a passkey, which nothing here looks into.
func (w *world) give(userID uuid.UUID) {
	w.t.Helper()
	id := uuid.New()
	_, err := w.rows.Exec(w.t.Context(), "insert into passkeys (id, user_id, credential_id, credential, name) values ($1, $2, $3, '{}', 'Telephone')", id, userID, id[:])
	if err != nil {
		w.t.Fatal(err)
	}
}

// require sends the page's form.
func require(browser *clinic.Browser, required string) *clinic.Answer {
	return browser.Post(page, url.Values{"require_second_factor": {required}})
}

// recorded counts what the clinic's log says about it.
func (w *world) recorded(before, after string) (n int) {
	w.t.Helper()
	err := w.rows.QueryRow(w.t.Context(), `select count(*) from audit_events where tenant_id = $1 and action = 'security_update' and actor_id = $2
		and before->>'require_second_factor' = $3 and after->>'require_second_factor' = $4`, w.ID, w.Owner.ID, before, after).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestAnOwnerRequiresASecondFactorOfEverybodyAtTheirNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff, elsewhere := w.SignInStaff(), w.World.Clinic("beta").SignInStaff()
	if shown := w.owner.Get(page); shown.Status != http.StatusOK || shown.Value(`#security button[name="require_second_factor"]`) != "true" {
		t.Fatalf("the page: %d", shown.Status)
	}
	if answer := require(w.owner, "true"); answer.Status != http.StatusSeeOther || answer.Location() != page {
		t.Fatalf("to require it: %d to %q", answer.Status, answer.Location())
	}
	for _, path := range []string{"/", "/clients", "/clients/new", "/calendar", "/inbox", "/sessions", "/password", "/tenants", "/second-factor/recovery-codes"} {
		if answer := staff.Get(path); answer.Status != http.StatusSeeOther || answer.Location() != "/second-factor" {
			t.Errorf("GET %s: %d to %q", path, answer.Status, answer.Location())
		}
		if answer := staff.Fragment(path); answer.Header.Get("HX-Redirect") != "/second-factor" || answer.Find("main, table, form").Length() != 0 {
			t.Errorf("GET %s by htmx: %d to %q", path, answer.Status, answer.Header.Get("HX-Redirect"))
		}
	}
	staff.Forget()
	if answer := staff.Post("/clients", url.Values{"first_name": {"Ion"}}); answer.Location() != "/second-factor" {
		t.Errorf("POST /clients: %d to %q", answer.Status, answer.Location())
	}
	shown := staff.Get("/second-factor")
	if shown.Status != http.StatusOK || shown.Find(`form[action="/logout"]`).Length() != 1 || shown.Find(`a[href="/clients"]`).Length() != 0 {
		t.Errorf("the page that they are led to: %d", shown.Status)
	}
	for name, browser := range map[string]*clinic.Browser{"the owner, who has one": w.owner, "another clinic's": elsewhere} {
		if answer := browser.Get("/clients"); answer.Status != http.StatusOK {
			t.Errorf("%s: %d to %q", name, answer.Status, answer.Location())
		}
	}
	w.give(w.Staff.ID)
	if answer := staff.Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("who has one now: %d", answer.Status)
	}
	if n := w.recorded("false", "true"); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

func TestTurningItOffLetsEverybodyInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.SignInStaff()
	for range 2 { // the second time changes nothing
		require(w.owner, "true")
	}
	shown := w.owner.Get(page)
	if _, asks := shown.Find(`#security button[name="require_second_factor"][value="false"]`).Attr("data-confirm"); !asks {
		t.Error("the page does not ask before it is turned off")
	}
	for range 2 {
		if answer := require(w.owner, "false"); answer.Status != http.StatusSeeOther {
			t.Fatalf("to turn it off: %d", answer.Status)
		}
	}
	if answer := staff.Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("staff without one: %d to %q", answer.Status, answer.Location())
	}
	if on, off := w.recorded("false", "true"), w.recorded("true", "false"); on != 1 || off != 1 {
		t.Errorf("recorded %d and %d times", on, off)
	}
}

func TestAnOwnerWithoutASecondFactorCannotAskForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	beta := w.World.Clinic("beta")
	owner := beta.SignInOwner()
	answer := require(owner, "true")
	if answer.Status != http.StatusUnprocessableEntity || answer.Text("[data-error-summary]") != "Set up a second factor for yourself first." {
		t.Errorf("answered %d: %q", answer.Status, answer.Text("[data-error-summary]"))
	}
	if answer.Find(`#security a[href="/second-factor"]`).Length() != 1 {
		t.Error("no link leads to where one is set up")
	}
	if answer := beta.SignInStaff().Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("it is required all the same: %d", answer.Status)
	}
}

func TestHazard021StaffNeitherSeeNorChangeWhatIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.SignInStaff()
	w.give(w.Staff.ID)
	if get, post := staff.Get(page), require(staff, "true"); get.Status != http.StatusForbidden || post.Status != http.StatusForbidden {
		t.Errorf("GET %d, POST %d", get.Status, post.Status)
	}
	if n := w.recorded("false", "true"); n != 0 {
		t.Error("it is recorded as done")
	}
}

func TestASettingThatMakesNoSenseChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, values := range map[string][]string{"nothing": nil, "another word": {"yes"}, "twice": {"true", "false"}, "a NUL": {"true\x00"}} {
		answer := w.owner.Post(page, url.Values{"require_second_factor": values, "tenant_id": {uuid.NewString()}})
		if answer.Status < 400 || answer.Status >= 500 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if answer := w.SignInStaff().Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("it is required now: %d", answer.Status)
	}
}
