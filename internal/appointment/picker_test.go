package appointment_test

import (
	"net/http"
	"testing"
)

// Without script Enter in the search sends the form as its button would.
func TestHazard110ANameThatWasTypedAfterAClientWasChosenBooksNobody(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	maria := p.addClient("Maria", "Radu")
	for _, pressed := range []string{"", "find_client"} {
		typed := with(p.fields("10:00"), "client_query", "maria", "client_found", "")
		if pressed != "" {
			typed.Set(pressed, "1")
		}
		answer := p.browser.Post("/appointments", typed)
		if answer.Status == http.StatusSeeOther || p.count() != 0 {
			t.Fatalf("with %q pressed it answered %d", pressed, answer.Status)
		}
		if answer.Find(`[name="client_id"]:checked, [name="client_id"][checked]`).Length() != 0 {
			t.Error("the client who was chosen before is chosen still")
		}
		if answer.Find(`[name="client_id"][value="`+maria.String()+`"]`).Length() != 1 {
			t.Error("the other one is not found")
		}
		if answer.Value(`[name="client_found"]`) != "maria" || answer.Value(`[name="time"]`) != "10:00" {
			t.Error("the form does not come back as it was typed")
		}
		if said := answer.Find("#client_id-error").Length(); pressed == "" && said != 1 {
			t.Error("nothing says why")
		}
	}
	// Chosen among those who were found, she is booked, and so is whoever a program names.
	p.book(with(p.fields("10:00"), "client_id", maria.String(), "client_query", "maria", "client_found", "maria"))
	p.book(p.fields("11:00"))
}

func TestHazard109AMoveOntoAnotherTimeOfAProviderWhoHasLeftIsAConflict(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	first, second := p.book(p.fields("10:00")), p.book(p.fields("11:00"))
	for _, what := range deactivations {
		p.Execute(what.statement, what.id(p))
	}
	for _, change := range []struct {
		fields   []string
		conflict bool
	}{
		{[]string{"time", "10:15"}, true},
		{[]string{"time", "09:45", "duration", "30"}, true},
		{[]string{"time", "11:00", "duration", "30", "status", "arrived"}, false},
		{[]string{"time", "10:30"}, false},
	} {
		answer := p.browser.Post(second, with(nil, change.fields...))
		if change.conflict && (answer.Status != http.StatusConflict || answer.Find("[data-taken] li").Length() != 1) {
			t.Errorf("%v answered %d: %s", change.fields, answer.Status, answer.Text("h1, .notice"))
		}
		if !change.conflict && answer.Status != http.StatusSeeOther {
			t.Errorf("%v answered %d: %s", change.fields, answer.Status, answer.Text("h1, .notice"))
		}
	}
	// Booked, and brought back after both were: nobody takes them, and nothing breaks.
	if answer := p.browser.Post("/appointments", p.fields("10:15")); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a new booking answered %d", answer.Status)
	}
	for _, address := range []string{first, second} {
		if answer := p.browser.Post(address+"/cancellation", nil); answer.Status != http.StatusSeeOther {
			t.Errorf("a cancellation answered %d", answer.Status)
		}
		if answer := p.browser.Post(address, with(nil, "status", "booked")); answer.Status != http.StatusConflict {
			t.Errorf("what was cancelled is booked again: %d", answer.Status)
		}
	}
}
