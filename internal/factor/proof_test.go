package factor_test

import (
	"net/http"
	"net/url"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

// additions are the requests that add a way in, or show what it is made of.
var additions = []struct{ method, path string }{
	{http.MethodPost, "/second-factor"},
	{http.MethodGet, "/second-factor/confirmation"},
	{http.MethodPost, "/second-factor/confirmation"},
	{http.MethodPost, "/second-factor/passkeys/options"},
	{http.MethodPost, "/second-factor/passkeys"},
}

func TestWhoFindsABrowserSignedInAddsNoWayInWithoutThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.Clinic("alfa").SignInStaff()
	staff.Post("/second-factor", nil)
	w.Database.Execute(w.t, "update sessions set proved_at = now() - interval '11 minutes'")
	for _, addition := range additions {
		answer := staff.Post(addition.path, url.Values{"code": {"000000"}})
		if addition.method == http.MethodGet {
			answer = staff.Get(addition.path)
		}
		if answer.Status != http.StatusSeeOther || answer.Location() != "/second-factor/proof" {
			t.Errorf("%s %s: %d %q", addition.method, addition.path, answer.Status, answer.Location())
		}
	}
	if answer := staff.Post("/second-factor/proof", url.Values{"password": {"not this one at all"}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d", answer.Status)
	}
	if answer := staff.Get("/second-factor/confirmation"); answer.Location() != "/second-factor/proof" {
		t.Errorf("after a wrong password: %d %q", answer.Status, answer.Location())
	}
	if answer := staff.Post("/second-factor/proof", url.Values{"password": {clinic.Password}}); answer.Status != http.StatusSeeOther || answer.Location() != "/second-factor" {
		t.Errorf("the right password: %d %q", answer.Status, answer.Location())
	}
	if answer := staff.Get("/second-factor/confirmation"); answer.Status != http.StatusOK {
		t.Errorf("after the right password: %d", answer.Status)
	}
}
