package factor_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/internal/factor"
	"frontdesk/internal/fault"
	"frontdesk/internal/testkit/clinic"
)

const lost = "Has lost the telephone and the codes"

func resetOf(person clinic.Person) string {
	return "/admin/users/" + person.ID.String() + "/second-factor-reset"
}

// reset asks for a person's second factors to be taken away.
func reset(admin *clinic.Browser, person clinic.Person, reason string) *clinic.Answer {
	return admin.Post(resetOf(person), url.Values{"reason": {reason}})
}

// everything is a receptionist with an app, recovery codes and a passkey, signed in.
func everything(t *testing.T) (*world, *clinic.Clinic, *clinic.Browser) {
	t.Helper()
	w := newWorld(t, clinic.Named)
	alfa := w.Clinic("alfa")
	staff := alfa.SignInStaff()
	w.enrol(staff)
	newDevice(w).register(staff)
	return w, alfa, staff
}

// factors counts all that somebody could prove themselves with.
func (w *world) factors() int {
	w.t.Helper()
	return w.Database.Count(w.t, "select (select count(*) from second_factors) + (select count(*) from recovery_codes) + (select count(*) from passkeys)")
}

func TestAResetTakesEverythingAwayAndEndsTheSessions(t *testing.T) {
	t.Parallel()
	w, alfa, staff := everything(t)
	admin := w.SuperAdmin()
	if page := admin.Get("/admin/users/" + alfa.Staff.ID.String()); page.Find(`a[href="`+resetOf(alfa.Staff)+`/new"]`).Length() != 1 {
		t.Error("the person's page has no button for it")
	}
	if page := admin.Get(resetOf(alfa.Staff) + "/new"); page.Status != http.StatusOK || page.Find(`#factor-reset #reason[required]`).Length() != 1 {
		t.Errorf("the form: %d", page.Status)
	}
	if answer := reset(admin, alfa.Staff, lost); answer.Status != http.StatusSeeOther || answer.Location() != "/admin/users/"+alfa.Staff.ID.String() {
		t.Fatalf("the reset: %d to %q", answer.Status, answer.Location())
	}
	if n := w.factors(); n != 0 {
		t.Errorf("%d factors are left", n)
	}
	if page := staff.Get("/clients"); !strings.HasPrefix(page.Location(), "/login") {
		t.Errorf("the person's session: %d", page.Status)
	}
	w.SignIn(alfa.Staff.Email) // by the password alone
	recorded := w.Database.Count(w.t, `select count(*) from platform_audit_events where action = 'second_factor_delete' and target_id = $1 and reason = $2
		and before = '{"app": true, "passkeys": 1, "recovery_codes": 10}' and (after->>'sessions_ended')::integer = 1`, alfa.Staff.ID, lost)
	if told := w.Database.Count(w.t, "select count(*) from audit_events where tenant_id = $1 and action = 'second_factor_delete' and target_id = $2", alfa.ID, alfa.Staff.ID); recorded != 1 || told != 1 {
		t.Errorf("recorded %d times, and %d times for the clinic", recorded, told)
	}
	page := admin.Get("/admin/users/" + alfa.Staff.ID.String())
	if page.Find(`a[href$="/second-factor-reset/new"]`).Length() != 0 {
		t.Error("the button is still there")
	}
	if !strings.Contains(page.Text("#toasts"), "No mail could be sent") {
		t.Errorf("nothing says that the person was not told: %q", page.Text("#toasts"))
	}
}

func TestHazard047AResetNeedsAReason(t *testing.T) {
	t.Parallel()
	w, alfa, staff := everything(t)
	admin := w.SuperAdmin()
	before := w.factors()
	for _, reason := range []string{"", "    ", "abcd", strings.Repeat("x", 501), strings.Repeat("x", 10_000)} {
		if answer := reset(admin, alfa.Staff, reason); answer.Status != http.StatusUnprocessableEntity || answer.Find(`#reason[aria-invalid="true"]`).Length() != 1 {
			t.Errorf("a reason of %d characters: %d", len(reason), answer.Status)
		}
	}
	if w.factors() != before || staff.Get("/clients").Status != http.StatusOK || w.recorded("second_factor_delete", alfa.Staff) != 0 {
		t.Error("something was changed")
	}
}

func TestTwentyResetsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	w, alfa, _ := everything(t)
	admin := w.SuperAdmin()
	admin.Token()
	counted := clinic.Race(20, func(int) int { return reset(admin, alfa.Staff, lost).Status })
	if counted[http.StatusSeeOther] != 1 || counted[http.StatusConflict] != 19 {
		t.Errorf("answered %v", counted)
	}
	if n := w.recorded("second_factor_delete", alfa.Staff); n != 1 {
		t.Errorf("%d resets are recorded", n)
	}
}

func TestNobodyResetsTheirOwnNorWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alfa := w.Clinic("alfa")
	root := w.Person("Root", true)
	admin := w.SignIn(root.Email)
	w.enrol(admin)
	if page := admin.Get("/admin/users/" + root.ID.String()); page.Status != http.StatusOK || page.Find(`a[href$="/second-factor-reset/new"]`).Length() != 0 {
		t.Errorf("one's own page offers it: %d", page.Status)
	}
	unknown := clinic.Person{}
	for name, refused := range map[string]struct {
		person clinic.Person
		status int
	}{"oneself": {root, http.StatusConflict}, "without any": {alfa.Staff, http.StatusConflict}, "nobody": {unknown, http.StatusNotFound}} {
		if get, post := admin.Get(resetOf(refused.person)+"/new"), reset(admin, refused.person, lost); get.Status != refused.status || post.Status != refused.status {
			t.Errorf("%s: GET %d, POST %d", name, get.Status, post.Status)
		}
	}
	if n := w.factors(); n != 11 {
		t.Errorf("%d factors are left", n)
	}
}

func TestAResetOfSomebodyWhoIsSuspendedOrDeletedSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root, other := w.Person("Root", true), w.Person("Other", true)
	admin := w.SignIn(root.Email)
	for _, state := range []string{"suspended", "deleted"} {
		w.Database.Execute(w.t, "update users set status = $2, deleted_at = case when $2 = 'deleted' then now() end where id = $1", other.ID, state)
		for _, answer := range []*clinic.Answer{admin.Get(resetOf(other) + "/new"), reset(admin, other, lost)} {
			if answer.Status != http.StatusConflict || !strings.Contains(answer.Text("body"), "“"+state+"”") {
				t.Errorf("%s: %d %s", state, answer.Status, answer.Text("main"))
			}
		}
		if err := factor.ResetSuperAdmin(t.Context(), w.Store, other.Email); err == nil || !strings.Contains(err.Error(), "is "+state) {
			t.Errorf("%s, on the command line: %v", state, err)
		}
	}
}

func TestTheCommandLineResetsTheLastSuperAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, clinic.With(requiresOfAdmins))
	alfa := w.Clinic("alfa")
	root := w.Person("Root", true)
	admin := w.SignIn(root.Email)
	w.enrol(admin)
	for _, email := range []string{alfa.Owner.Email, "nobody@frontdesk.example"} {
		if err := factor.ResetSuperAdmin(t.Context(), w.Store, email); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", email, err)
		}
	}
	if err := factor.ResetSuperAdmin(t.Context(), w.Store, "  "+strings.ToUpper(root.Email)+" "); err != nil {
		t.Fatal(err)
	}
	if page := admin.Get("/admin"); !strings.HasPrefix(page.Location(), "/login") {
		t.Errorf("their session: %d", page.Status)
	}
	if page := w.SignIn(root.Email).Get("/admin"); page.Location() != "/second-factor" {
		t.Errorf("at the next sign-in: %d to %q", page.Status, page.Location())
	}
	if n := w.Database.Count(w.t, "select count(*) from platform_audit_events where action = 'second_factor_delete' and target_id = $1 and actor_kind = 'system'", root.ID); n != 1 {
		t.Errorf("%d resets are recorded", n)
	}
}
