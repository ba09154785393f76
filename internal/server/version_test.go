package server_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// hasMoved are versions that no row has.
var hasMoved = []string{"two", "0", "-1", "99", "2147483648", "1 ", "a\x00b"}

// A form's version is hidden, so nothing that is wrong with it is said at its field: it
// is the form of a row that has moved on, and answered with what is stored.
func TestAVersionThatNoRowHasIsStaleInEveryForm(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	forms := 0
	for _, form := range s.goodForms(t) {
		if !form.fields.Has("version") {
			continue
		}
		forms++
		for _, version := range hasMoved {
			fields := maps.Clone(form.fields)
			fields.Set("version", version)
			answer := form.browser.Post(form.path, fields)
			// What no column can hold is refused as in every other field.
			refused := answer.Status == http.StatusUnprocessableEntity && strings.ContainsRune(version, 0)
			if answer.Status != http.StatusConflict && !refused || answer.Find(`a[href="#version"]`).Length() != 0 {
				t.Errorf("%s of version %q answered %d: %s", form.path, version, answer.Status, answer.Text("[role=alert]"))
			}
		}
	}
	if forms < 11 {
		t.Errorf("only %d forms have a version", forms)
	}
}

// A field that the form does not read is content like any other: what counts is that
// something else was sent.
func TestHazard119AFormsKeyWithOtherContentIsRefusedWithTheFormAndANewKey(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	forms := 0
	for _, form := range s.goodForms(t) {
		key := form.fields.Get("_idempotency_key")
		if key == "" {
			continue
		}
		forms++
		if form.prepare != "" {
			execute(t, s.Database, sql(form.prepare, s.alfa.ID))
		}
		first := form.browser.Post(form.path, form.fields)
		if again := form.browser.Post(form.path, form.fields); again.Status != http.StatusSeeOther || again.Location() != first.Location() {
			t.Errorf("%s once more answered %d %q, not %q", form.path, again.Status, again.Location(), first.Location())
		}
		other := maps.Clone(form.fields)
		other.Set("other", "content")
		answer := form.browser.Post(form.path, other)
		if answer.Status != http.StatusConflict || answer.Find("[data-error-summary]").Length() != 1 {
			t.Errorf("%s with other content answered %d: %s", form.path, answer.Status, answer.Text("main"))
		}
		keys := answer.Find(`form:has([data-error-summary]) input[name="_idempotency_key"]`)
		if fresh, _ := keys.Attr("value"); fresh == "" || fresh == key {
			t.Errorf("%s has the key %q again", form.path, fresh)
		}
	}
	if forms < 9 {
		t.Errorf("only %d forms have a key", forms)
	}
}
