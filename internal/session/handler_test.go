package session_test

import (
	"net/http"
	"net/url"
	"testing"

	"frontdesk/internal/testkit/clinic"
)

func TestAPersonSignsInAndOut(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()

	if answer := staff.Get("/login"); answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("a signed-in person at /login: %d %q", answer.Status, answer.Location())
	}
	if answer := staff.Post("/logout", nil); answer.Status != http.StatusSeeOther || answer.Location() != "/login" {
		t.Fatalf("sign-out: %d %q", answer.Status, answer.Location())
	}
	if answer := staff.Get("/login"); answer.Status != http.StatusOK {
		t.Fatalf("after sign-out /login answers %d", answer.Status)
	}
}

func TestAWrongPasswordKeepsTheAddressAndSaysNothingMore(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	world.Clinic("alfa")
	answer := world.Browser().Post("/login", url.Values{"email": {"staff@alfa.example"}, "password": {"not the password"}})
	if answer.Status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", answer.Status)
	}
	if value := answer.Value(`input[name="email"]`); value != "staff@alfa.example" {
		t.Errorf("the address was not kept: %q", value)
	}
	if answer.Find(`[role="alert"]`).Length() == 0 {
		t.Error("nothing says what went wrong")
	}
}
