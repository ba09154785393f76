package session_test

import (
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/text/unicode/norm"

	"frontdesk/internal/testkit/clinic"
)

func TestHazard116AnAddressSignsInInEachOfItsForms(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	signsIn := func(email string) int {
		return world.Browser().Post("/login", url.Values{"email": {email}, "password": {clinic.Password}}).Status
	}
	// As it is kept now, and as it may have been kept before.
	for _, kept := range []string{"ana@xn--mller-kva.de", "ana@müller.de"} {
		world.Database.Execute(t, "update users set email = $1 where id = $2", kept, alfa.Staff.ID)
		for _, typed := range []string{"ana@müller.de", "Ana@MÜLLER.de", " ana@müller.de "} {
			if status := signsIn(typed); status != http.StatusSeeOther {
				t.Errorf("%q, kept as %s, answered %d", typed, kept, status)
			}
		}
	}
	world.Database.Execute(t, "update users set email = 'ana@xn--mller-kva.de' where id = $1", alfa.Staff.ID)
	for _, typed := range []string{"ana@xn--mller-kva.de", "ana@mu\u0308ller.de"} {
		if status := signsIn(typed); status != http.StatusSeeOther {
			t.Errorf("%q answered %d", typed, status)
		}
	}
}

func TestHazard116APasswordThatWasSetDecomposedSignsInComposed(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	chosen := norm.NFD.String("două căsuțe și-un șoricel")
	answer := alfa.SignInStaff().Post("/password", url.Values{
		"current_password": {clinic.Password}, "password": {chosen}, "password_confirm": {norm.NFC.String(chosen)},
	})
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("the change answered %d: %s", answer.Status, answer.Text("main"))
	}
	for _, typed := range []string{chosen, norm.NFC.String(chosen)} {
		if answer := world.Browser().Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {typed}}); answer.Status != http.StatusSeeOther {
			t.Errorf("%+q answered %d", typed, answer.Status)
		}
	}
}
