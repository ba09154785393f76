package console_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/internal/lifecycle"
	"frontdesk/internal/testkit/clinic"
)

// words are what the pages call the states, written by hand: the page must not vouch
// for itself.
var words = map[lifecycle.State]string{lifecycle.Active: "Active", lifecycle.Suspended: "Suspended", lifecycle.Deleted: "Deleted"}

func TestThePageOfTransitionsIsTheStateMachine(t *testing.T) {
	t.Parallel()
	page := clinic.New(t).SuperAdmin().Get("/admin/docs")
	if page.Status != http.StatusOK {
		t.Fatalf("answered %d", page.Status)
	}
	possible := 0
	for id, transitions := range map[string][]lifecycle.Transition{
		"transitions": lifecycle.Transitions(), "roles": {lifecycle.Promote, lifecycle.Demote},
	} {
		for _, from := range lifecycle.States() {
			cells := page.Find("#" + id + "-" + string(from) + " td")
			if cells.Length() != len(transitions)+1 {
				t.Fatalf("%s of %s: %d cells", id, from, cells.Length())
			}
			for i, transition := range transitions {
				wanted := "Not possible"
				if to, err := lifecycle.Next(from, transition); err == nil {
					wanted = words[to]
					possible++
				}
				if got := strings.TrimSpace(cells.Eq(i + 1).Text()); got != wanted {
					t.Errorf("%s, %s: %q, expected %q", from, transition, got, wanted)
				}
			}
		}
	}
	if possible != 9 {
		t.Errorf("%d changes are possible, expected 9", possible)
	}
	for _, transition := range append(lifecycle.Transitions(), lifecycle.Promote, lifecycle.Demote) {
		if text := page.Text("#effect-" + string(transition)); len(text) < 40 {
			t.Errorf("%s is explained by %q", transition, text)
		}
	}
}

func TestThePageOfIsolationShowsTheCatalogAsItIs(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()

	page := admin.Get("/admin/rls")
	if page.Status != http.StatusOK || page.Find("#violations").Length() != 0 || !strings.Contains(page.Text("main"), "Every rule holds") {
		t.Fatalf("answered %d: %s", page.Status, page.Text("main"))
	}
	clients := page.Text("#table-public-clients")
	for _, part := range []string{"On, forced", "clients_tenant", "USING (tenant_id = ( SELECT public.current_tenant() AS current_tenant))", "Holds"} {
		if !strings.Contains(clients, part) {
			t.Errorf("clients lacks %q: %s", part, clients)
		}
	}
	if may := page.Text(`#table-public-clients [data-login="platform"]`); may != "platform nothing" {
		t.Errorf("the platform login may, it says, %q", may)
	}
	if may := page.Text(`#table-public-clients [data-login="tenant"]`); !strings.Contains(may, "SELECT, INSERT, UPDATE") {
		t.Errorf("the tenant login may, it says, %q", may)
	}

	world.Database.Execute(t, "alter table clients no force row level security")
	world.Database.Execute(t, "grant select on services to frontdesk_platform")
	page = admin.Get("/admin/rls")
	violations := page.Text("#violations")
	for _, part := range []string{"public.clientssecurity-unsure", "public.servicesplatform-reach"} {
		if !strings.Contains(violations, part) {
			t.Errorf("the violations lack %q: %s", part, violations)
		}
	}
	for id, parts := range map[string][]string{
		"#table-public-clients": {"On, not forced", "1 violation"}, "#table-public-services": {"platform SELECT", "1 violation"},
	} {
		for _, part := range parts {
			if row := page.Text(id); !strings.Contains(row, part) {
				t.Errorf("%s lacks %q: %s", id, part, row)
			}
		}
	}
}
