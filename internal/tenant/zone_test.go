package tenant_test

import (
	"net/http"
	"testing"

	"frontdesk/internal/localtime"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard124EachZoneThatTheFormOffersIsOneOfTheProgramAndOfTheDatabase(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	offered := world.SuperAdmin().Get("/admin/tenants/new").Find("#zones option")
	if offered.Length() < 300 {
		t.Fatalf("%d zones", offered.Length())
	}
	for _, option := range offered.EachIter() {
		name := option.AttrOr("value", "")
		if _, ok := localtime.Zone(name); !ok {
			t.Errorf("the program does not take %s", name)
		}
		if world.Database.Count(t, "select count(*) from pg_timezone_names where name = $1", name) != 1 {
			t.Errorf("the database does not know %s", name)
		}
	}
}

func TestHazard124AClinicKeepsAnOldZoneUntilAnotherIsChosenWhichMustBeAPlaces(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, alfa := world.SuperAdmin(), world.Clinic("alfa")
	world.Database.Execute(t, "update tenants set timezone = 'localtime' where id = $1", alfa.ID)
	if answer := edit(admin, alfa, "name", "Alfa Dental"); answer.Status != http.StatusSeeOther {
		t.Errorf("another name: answered %d", answer.Status)
	}
	for _, name := range []string{"posixrules", "Factory", "right/UTC", "Local"} {
		answer := edit(admin, alfa, "timezone", name)
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`[name="timezone"][aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%s: answered %d", name, answer.Status)
		}
	}
}
