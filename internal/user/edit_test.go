package user_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
)

// edit posts the form of a person as it is shown, but for the changes.
func edit(browser *clinic.Browser, id uuid.UUID, changes ...string) *clinic.Answer {
	path := "/admin/users/" + id.String()
	page := browser.Get(path + "/edit")
	fields := url.Values{}
	for _, name := range []string{"name", "email", "version"} {
		fields.Set(name, page.Value(`#user-edit input[name="`+name+`"]`))
	}
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
	}
	return browser.Post(path, fields)
}

func TestANewAddressEndsWhatTheOldOneCouldOpen(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta, bench := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta"), benchOf(t, world)
	person := alfa.Staff.ID
	bench.do("insert into memberships (tenant_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'staff')", beta.ID, person)
	bench.do("insert into password_resets (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1, sha256('a'), now() + interval '1 hour')", person)
	staff := alfa.SignInStaff()

	if answer := edit(admin, person, "name", "Ana Nouă"); !done(answer) || staff.Get("/clients").Status != http.StatusOK {
		t.Fatalf("a new name answered %d, or ended the session", answer.Status)
	}
	if left := bench.text("select count(*)::text from password_resets where revoked_at is null"); left != "1" {
		t.Errorf("a new name leaves %s links", left)
	}
	if answer := edit(admin, person, "email", "Ana@New.example"); !done(answer) {
		t.Fatalf("a new address answered %d: %s", answer.Status, answer.Text("main"))
	}
	if answer := staff.Get("/clients"); answer.Status != http.StatusSeeOther {
		t.Errorf("the session lives on: %d", answer.Status)
	}
	if left := bench.text("select count(*)::text from password_resets where revoked_at is null"); left != "0" {
		t.Errorf("a new address leaves %s links", left)
	}
	if answer := world.SignIn("ana@new.example").Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("the new address opens nothing: %d", answer.Status)
	}
	for log, rows := range map[string]string{"audit_events": "2", "platform_audit_events": "1"} {
		if n := bench.text("select count(*)::text from "+log+` where target_id = $1 and action = 'user_update'
			and before ->> 'email' = $2 and after ->> 'email' = 'ana@new.example'`, person, alfa.Staff.Email); n != rows {
			t.Errorf("%s holds %s rows", log, n)
		}
	}
}

func TestATakenAddressIsRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, bench := world.SuperAdmin(), world.Clinic("alfa"), benchOf(t, world)
	for _, email := range []string{alfa.Owner.Email, strings.ToUpper(alfa.Owner.Email), "no address", ""} {
		answer := edit(admin, alfa.Staff.ID, "email", email)
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`input[name="email"][aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%q answered %d", email, answer.Status)
		}
	}
	if got := bench.text("select email || version from users where id = $1", alfa.Staff.ID); got != alfa.Staff.Email+"1" {
		t.Errorf("stored is %s", got)
	}
}

func TestHazard072OfTwoWhoEditAPersonTheSecondSeesBoth(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, person, bench := world.SuperAdmin(), world.Person("Ana", false), benchOf(t, world)
	edit(admin, person.ID, "name", "Theirs")
	answer := edit(admin, person.ID, "name", "Mine", "version", "1")
	if answer.Status != http.StatusConflict || answer.Value(`input[name="name"]`) != "Mine" || !strings.Contains(answer.Text("form"), "Theirs") {
		t.Fatalf("answered %d: %s", answer.Status, answer.Text("main"))
	}
	if got := bench.text("select name from users where id = $1", person.ID); got != "Theirs" {
		t.Errorf("stored is %s", got)
	}
	if answer := edit(admin, person.ID, "name", "Mine", "version", answer.Value(`input[name="version"]`)); !done(answer) {
		t.Errorf("sent again it answered %d", answer.Status)
	}
}

func TestHazard023AFormOfAPersonChangesNothingButItsFields(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, bench := world.SuperAdmin(), world.Clinic("alfa"), benchOf(t, world)
	person := alfa.Staff.ID
	untouched := func() string {
		return bench.text(`select concat_ws(' ', id, status, status_reason, super_admin, password_hash, deleted_at, deleted_by, disabled_by_tenant, created_at)
			|| (select string_agg(memberships::text, ' ' order by id) from memberships) from users where id = $1`, person)
	}
	before := untouched()
	answer := edit(admin, person, "name", "Ana", "status", "deleted", "super_admin", "true", "role", "owner", "tenant_id", uuid.NewString(),
		"deleted_at", "2020-01-01", "deleted_by", person.String(), "password_hash", "x", "password", "a quiet horse reads", "id", alfa.Owner.ID.String())
	if !done(answer) {
		t.Fatalf("answered %d", answer.Status)
	}
	if after := untouched(); after != before {
		t.Errorf("%s became %s", before, after)
	}
	for _, version := range []string{"", "0", "-1", "99", "2147483648", "two"} {
		if answer := edit(admin, person, "name", "Forged", "version", version); answer.Status != http.StatusConflict && answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("version %q answered %d", version, answer.Status)
		}
	}
	if got := bench.text("select name || version from users where id = $1", person); got != "Ana2" {
		t.Errorf("stored is %s", got)
	}
}

func TestTheFileOfPeopleHoldsWhatTheListShows(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, bench := world.SuperAdmin(), benchOf(t, world)
	world.Crowd(10, 300)
	const query = "?q=person-2&status=suspended&role=staff&sort=email&direction=desc"
	var listed []string
	admin.Get("/admin/users" + query).Find("tbody td:nth-child(3)").Each(func(_ int, email *goquery.Selection) {
		listed = append(listed, strings.TrimSpace(email.Text()))
	})
	file := admin.Get("/admin/users/export" + query)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.Body), "\ufeff"))).ReadAll()
	if err != nil || file.Status != http.StatusOK {
		t.Fatalf("answered %d, read %v", file.Status, err)
	}
	var filed []string
	for _, row := range rows[1:] {
		filed = append(filed, row[1])
	}
	if len(listed) < 5 || !slices.Equal(listed, filed) {
		t.Errorf("listed are %v, in the file %v", listed, filed)
	}
	if n := bench.text(`select count(*)::text from platform_audit_events where action = 'user_export' and actor_name = 'Super Admin'
		and after ->> 'address' like '%status=suspended%'`); n != "1" {
		t.Errorf("the log holds %s rows", n)
	}
	whole := admin.Get("/admin/users/export")
	if lines := strings.Count(string(whole.Body), "\n"); lines != 302 {
		t.Errorf("the whole file has %d lines", lines)
	}
}
