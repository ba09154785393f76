package user_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

const next = "a quiet horse reads"

func changing(current, typed, again string) url.Values {
	return url.Values{"current_password": {current}, "password": {typed}, "password_confirm": {again}}
}

func TestAPersonChangesTheirPasswordAndIsOutEverywhereElse(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	here, there := alfa.SignInStaff(), alfa.SignInStaff()
	for field, form := range map[string]url.Values{
		"current_password": changing("not the password", next, next),
		"password":         changing(clinic.Password, "short", "short"),
		"password_confirm": changing(clinic.Password, next, next+" "),
	} {
		answer := here.Post("/password", form)
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("%s: %d", field, answer.Status)
		}
	}
	for _, refused := range []string{clinic.Password, "Clinic alfa 2026", "staff of alfa!", "password1234"} {
		if status := here.Post("/password", changing(clinic.Password, refused, refused)).Status; status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", refused, status)
		}
	}
	if answer := here.Post("/password", changing(clinic.Password, next, next)); answer.Status != http.StatusSeeOther || answer.Location() != "/password" {
		t.Fatalf("the change: %d", answer.Status)
	}
	if here.Get("/clients").Status != http.StatusOK || there.Get("/clients").Status != http.StatusSeeOther {
		t.Error("not signed in here alone")
	}
	for password, wanted := range map[string]int{clinic.Password: http.StatusUnprocessableEntity, next: http.StatusSeeOther} {
		answer := world.Browser().Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {password}})
		if answer.Status != wanted {
			t.Errorf("%q: %d", password, answer.Status)
		}
	}
	var n int
	query := "select count(*) from platform_audit_events where action = 'password_update' and target_id = $1 and actor_id = $1 and before is null and after is null"
	if err := testkit.Connect(t, world.Database.SuperuserURL).QueryRow(t.Context(), query, alfa.Staff.ID).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d changes recorded: %v", n, err)
	}
}

func TestHazard006AStolenSessionCannotGuessThePassword(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.RateLimit = true }))
	staff := world.Clinic("alfa").SignInStaff()
	for range 5 {
		staff.Post("/password", changing("not the password", next, next))
	}
	if status := staff.Post("/password", changing(clinic.Password, next, next)).Status; status != http.StatusUnprocessableEntity {
		t.Errorf("the right one after five wrong ones: %d", status)
	}
}

func TestHazard008WhatIsTypedIntoTheFormIsThePassword(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	exact := "  două câini și-un șoricel, \u0065\u0301 & 100% + =;  " + strings.Repeat("ș", 20)
	for name, refused := range map[string]string{"NUL": "a quiet\x00horse reads", "invalid UTF-8": "a quiet \xff horse reads", "more than a kilobyte": strings.Repeat("Ana are mere 7, ", 80)} {
		answer := staff.Post("/password", changing(clinic.Password, refused, refused))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#password-error").Length() != 1 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if answer := staff.Post("/password", changing(clinic.Password, exact, exact)); answer.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", answer.Status, answer.Text("main"))
	}
	for typed, wanted := range map[string]int{
		exact: http.StatusSeeOther, strings.TrimSpace(exact): http.StatusUnprocessableEntity, exact + "x": http.StatusUnprocessableEntity,
		// The same letters, as another keyboard writes them (hazard 116).
		strings.ReplaceAll(exact, "\u0065\u0301", "é"): http.StatusSeeOther, strings.TrimSuffix(exact, "ș"): http.StatusUnprocessableEntity,
	} {
		if status := world.Browser().Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {typed}}).Status; status != wanted {
			t.Errorf("%q: %d", typed, status)
		}
	}
}
