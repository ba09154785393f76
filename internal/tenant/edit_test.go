package tenant_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"frontdesk/internal/testkit/clinic"
)

// edit posts the form of a clinic as it is shown, but for the changes.
func edit(browser *clinic.Browser, of *clinic.Clinic, changes ...string) *clinic.Answer {
	path := "/admin/tenants/" + of.ID.String()
	fields := url.Values{}
	browser.Get(path + "/edit").Find("#tenant-edit").Find("input[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		value := field.AttrOr("value", "")
		if goquery.NodeName(field) == "select" {
			value = field.Find("option[selected]").AttrOr("value", "")
		}
		fields.Set(field.AttrOr("name", ""), value)
	})
	fields.Del("_csrf")
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
	}
	return browser.Post(path, fields)
}

func TestAClinicIsEditedAndBothLogsSayWhat(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	answer := edit(admin, alfa, "name", "Alfa Dental", "timezone", "Europe/Paris", "country", "FR", "currency", "EUR", "max_seats", "7")
	if answer.Status != http.StatusSeeOther || answer.Location() != "/admin/tenants/"+alfa.ID.String() {
		t.Fatalf("answered %d: %s", answer.Status, answer.Text("main"))
	}
	row := world.Database.Text(t, "select concat_ws(' ', name, slug, timezone, country, currency, max_seats, version) from tenants where id = $1", alfa.ID)
	if row != "Alfa Dental alfa Europe/Paris FR EUR 7 2" {
		t.Errorf("stored is %s", row)
	}
	for _, log := range []string{"audit_events", "platform_audit_events"} {
		if n := world.Database.Count(t, "select count(*) from "+log+` where tenant_id = $1 and action = 'tenant_update'
			and before ->> 'name' = 'Clinic alfa' and after ->> 'name' = 'Alfa Dental' and not after ? 'slug'`, alfa.ID); n != 1 {
			t.Errorf("%s holds %d rows", log, n)
		}
	}
}

func TestAShortNameIsChangedOnlyWhileNobodyHasJoined(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, empty := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("empty")
	world.Database.Execute(t, "delete from memberships where tenant_id = $1", empty.ID)
	if answer := edit(admin, empty, "slug", "other"); answer.Status != http.StatusSeeOther {
		t.Errorf("with nobody in it, it answered %d", answer.Status)
	}
	answer := edit(admin, alfa, "slug", "beta")
	if answer.Status != http.StatusUnprocessableEntity || answer.Find(`input[name="slug"][aria-invalid="true"]`).Length() != 1 {
		t.Errorf("with people in it, it answered %d", answer.Status)
	}
	if answer := edit(admin, empty, "slug", "alfa"); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a taken one answered %d", answer.Status)
	}
	if got := world.Database.Text(t, "select string_agg(slug, ' ' order by slug) from tenants"); got != "alfa other" {
		t.Errorf("the short names are %s", got)
	}
}

func TestSeatsAreNotTakenFromWhoHasOne(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	world.Database.Execute(t, `insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
		values ($1, gen_random_uuid(), 'new@guest.example', 'New', 'staff', sha256('a'), now() + interval '1 day')`, alfa.ID)
	for seats, status := range map[string]int{"2": 422, "0": 422, "-1": 422, "10001": 422, "many": 422, "": 422} {
		answer := edit(admin, alfa, "max_seats", seats)
		if answer.Status != status || answer.Find(`input[name="max_seats"][aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%q seats answered %d", seats, answer.Status)
		}
	}
	if answer := edit(admin, alfa, "max_seats", "3"); answer.Status != http.StatusSeeOther {
		t.Errorf("as many as are taken answered %d", answer.Status)
	}
	world.Database.Execute(t, "update memberships set status = 'revoked' where tenant_id = $1", alfa.ID)
	world.Database.Execute(t, "update invites set revoked_at = now() where tenant_id = $1", alfa.ID)
	if answer := edit(admin, alfa, "max_seats", "0"); answer.Status != http.StatusSeeOther {
		t.Errorf("no seats at all answered %d: %s", answer.Status, answer.Text("main"))
	}
}

func TestHazard072OfTwoWhoEditAClinicTheSecondSeesBoth(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	edit(admin, alfa, "name", "Theirs")
	answer := edit(admin, alfa, "name", "Mine", "version", "1")
	if answer.Status != http.StatusConflict || answer.Value(`input[name="name"]`) != "Mine" || !strings.Contains(answer.Text("form"), "Theirs") {
		t.Fatalf("answered %d: %s", answer.Status, answer.Text("main"))
	}
	if got := world.Database.Text(t, "select name from tenants where id = $1", alfa.ID); got != "Theirs" {
		t.Errorf("stored is %s", got)
	}
	if answer := edit(admin, alfa, "name", "Mine", "version", answer.Value(`input[name="version"]`)); answer.Status != http.StatusSeeOther {
		t.Errorf("sent again it answered %d", answer.Status)
	}
}

func TestHazard023AFormOfAClinicChangesNothingButItsFields(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa, beta := world.SuperAdmin(), world.Clinic("alfa"), world.Clinic("beta")
	const untouched = `select concat_ws(' ', id, status, status_reason, deleted_at, deleted_by, created_at) from tenants where id = $1`
	before, other := world.Database.Text(t, untouched, alfa.ID), world.Database.Text(t, "select tenants::text from tenants where id = $1", beta.ID)
	answer := edit(admin, alfa, "name", "Alfa Dental", "status", "deleted", "status_reason", "mine", "deleted_at", "2020-01-01", "deleted_by", alfa.Owner.ID.String(),
		"id", beta.ID.String(), "tenant_id", beta.ID.String(), "created_at", "2020-01-01", "super_admin", "true", "role", "owner")
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("answered %d", answer.Status)
	}
	if after := world.Database.Text(t, untouched, alfa.ID); after != before {
		t.Errorf("%s became %s", before, after)
	}
	if after := world.Database.Text(t, "select tenants::text from tenants where id = $1", beta.ID); after != other {
		t.Errorf("the other clinic became %s", after)
	}
	for _, version := range []string{"", "0", "-1", "99", "2147483648", "two"} {
		if answer := edit(admin, alfa, "name", "Forged", "version", version); answer.Status != http.StatusConflict && answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("version %q answered %d", version, answer.Status)
		}
	}
	if got := world.Database.Text(t, "select name || version from tenants where id = $1", alfa.ID); got != "Alfa Dental2" {
		t.Errorf("stored is %s", got)
	}
}

func TestHazard035ANewClinicIsRecordedInThePlatformsLog(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	if answer := world.SuperAdmin().Post("/admin/tenants", form()); answer.Status != http.StatusSeeOther {
		t.Fatalf("answered %d", answer.Status)
	}
	if n := world.Database.Count(t, `select count(*) from platform_audit_events join tenants on tenants.id = target_id and tenants.id = tenant_id
		where action = 'tenant_create' and target_name = 'Dental North' and after ->> 'slug' = 'dental-north' and actor_name = 'Super Admin'`); n != 1 {
		t.Errorf("the log holds %d rows", n)
	}
}

func TestTheFileOfClinicsHoldsWhatTheListShows(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	world.Crowd(300, 10)
	const query = "?q=clinic-2&status=suspended&sort=slug&direction=desc"
	var listed []string
	admin.Get("/admin/tenants" + query).Find("tbody code").Each(func(_ int, slug *goquery.Selection) { listed = append(listed, slug.Text()) })
	file := admin.Get("/admin/tenants/export" + query)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.Body), "\ufeff"))).ReadAll()
	if err != nil || file.Status != http.StatusOK {
		t.Fatalf("answered %d, read %v", file.Status, err)
	}
	var filed []string
	for _, row := range rows[1:] {
		filed = append(filed, strings.TrimPrefix(row[1], "'"))
	}
	if len(listed) < 5 || !slices.Equal(listed, filed) {
		t.Errorf("listed are %v, in the file %v", listed, filed)
	}
	if n := world.Database.Count(t, `select count(*) from platform_audit_events where action = 'tenant_export' and actor_name = 'Super Admin'
		and after ->> 'address' like '%status=suspended%'`); n != 1 {
		t.Errorf("the log holds %d rows", n)
	}
	whole := admin.Get("/admin/tenants/export")
	if lines := strings.Count(string(whole.Body), "\n"); lines != 301 {
		t.Errorf("the whole file has %d lines", lines)
	}
}
