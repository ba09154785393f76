package browser_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"frontdesk/internal/testkit/clinic"
)

// rowForm is the form of a row of some noun, and what is written into it.
type rowForm struct {
	noun string
	// list is the address below which the empty form stands, "" where there is none; row is
	// that of one that exists, and edit that of its form, below it.
	list, row, edit string
	person          *person
	// other is somebody else who changes the row.
	other *clinic.Browser
	// wrong is refused field by field; theirs and mine are two good ways to fill it in.
	wrong, theirs, mine map[string]string
}

// long is a text of so many characters that breaks at spaces only.
func long(text string, characters int) string {
	return strings.TrimSpace(strings.Repeat(text+" ", characters/len(text)+1)[:characters])
}

// rowForms are those of every noun that has one.
func rowForms(t *testing.T) []rowForm {
	t.Helper()
	world := clinic.New(t, clinic.At(today(t)))
	north := newFixture(t, world, "north")
	resource := north.create(t, "/resources", url.Values{"name": {"Room 1"}, "kind": {"Treatment room"}})
	mailbox := north.create(t, "/settings/email", url.Values{
		"name": {"Desk"}, "address": {"desk@north.example"}, "imap_host": {"imap.north.example"}, "smtp_host": {"smtp.north.example"}, "password": {"secret"},
	})
	// It has been read, so that its page does not ask how far that is.
	world.Database.Execute(t, "update mailboxes set sync_requested_at = now() - interval '1 hour', sync_started_at = now() - interval '1 hour', sync_finished_at = now()")
	owner := newPerson(t, world.URL)
	owner.signIn(north.Owner.Email, clinic.Password)
	owner.at("/")
	console, admin := signInSuperAdmin(t, world), world.SuperAdmin()
	name, other := long("Comprehensive first consultation with an examination", 190), long("Control after treatment", 190)
	return []rowForm{
		{
			"service", "/services", north.service, "/edit", owner, north.owner,
			map[string]string{"name": "", "duration": "4", "price": "lots", "buffer_before": "500"},
			map[string]string{"name": other, "duration": "60", "price": "1234.50", "buffer_after": "10"},
			map[string]string{"name": name, "duration": "45", "price": "1234,5"},
		},
		{
			"client", "/clients", north.client, "/edit", owner, north.owner,
			map[string]string{"first_name": "", "email": "maria", "phone": "abc", "birth_date": "2099-01-01"},
			map[string]string{"first_name": long("Maria Alexandra", 95), "last_name": strings.Repeat("Popescu", 14), "email": strings.Repeat("m", 60) + "@mail.example", "phone": "0722 123 456"},
			map[string]string{"first_name": "Maria", "last_name": long("Popescu Ionescu", 95), "email": "maria@mail.example", "phone": "0721 000 111", "birth_date": "1980-02-29"},
		},
		{
			"provider", "/providers", north.provider, "/edit", owner, north.owner,
			map[string]string{"name": "", "starts_1": "17:00", "ends_1": "09:00", "all_services": "false"},
			map[string]string{"name": long("Dr. Ana Ionescu", 190), "color": "red", "all_services": "false", "service_ids": north.service[len("/services/"):], "starts_1": "10:00", "ends_1": "12:00"},
			map[string]string{"name": long("Dr. Ana Maria Ionescu", 190), "starts_1": "08:30", "ends_1": "16:30"},
		},
		{
			"resource", "/resources", resource, "/edit", owner, north.owner,
			map[string]string{"name": "", "kind": ""},
			map[string]string{"name": long("The room behind the stairs", 190), "kind": "Ultrasound"},
			map[string]string{"name": strings.Repeat("Room", 45), "kind": "Treatment room"},
		},
		{
			"mailbox", "/settings/email", mailbox, "", owner, north.owner,
			map[string]string{"name": "", "address": "desk", "imap_host": "no host", "imap_port": "0"},
			map[string]string{"name": long("The front desk's post", 190), "address": "desk@north.example", "imap_host": "imap.north.example", "imap_port": "993", "smtp_host": "smtp.north.example", "smtp_port": "465", "username": "desk@north.example"},
			map[string]string{"name": "Reception"},
		},
		{
			"tenant", "/admin/tenants", "/admin/tenants/" + north.ID.String(), "/edit", console, admin,
			map[string]string{"name": "", "timezone": "Mars/Olympus", "max_seats": "-1"},
			map[string]string{"name": long("The clinic north of the river", 190), "max_seats": "40", "timezone": "Europe/London", "currency": "EUR"},
			map[string]string{"name": strings.Repeat("Clinic", 30), "max_seats": "30"},
		},
		{
			"user", "", "/admin/users/" + north.Staff.ID.String(), "/edit", console, admin,
			map[string]string{"name": "", "email": "staff"},
			map[string]string{"name": long("Staff of the north", 190), "email": strings.Repeat("s", 60) + "@north.example"},
			map[string]string{"name": strings.Repeat("Staff", 36), "email": "staff@north.example"},
		},
	}
}

// mostStops is more than any of them has: a week of hours is 28 fields of four parts.
const mostStops = 250

const rowsForm = "main form.form"

// fillIn writes the values into the fields of the page's form, by their names, and sends it.
func (p *person) fillIn(values map[string]string) {
	p.t.Helper()
	written, err := json.Marshal(values)
	if err != nil {
		p.t.Fatal(err)
	}
	evaluate[bool](p, `(() => {
		const form = document.querySelector("`+rowsForm+`");
		for (const [name, value] of Object.entries(`+string(written)+`)) {
			const fields = [...form.elements].filter((field) => field.name === name);
			if (["radio", "checkbox"].includes(fields[0].type)) fields.forEach((field) => { field.checked = field.value === value; });
			else fields[0].value = value;
		}
		form.noValidate = true;
		form.requestSubmit();
		return true;
	})()`)
}

func TestTheFormOfARowLooksGoodEmptyWrongAndBesideWhatIsStored(t *testing.T) {
	t.Parallel()
	for _, form := range rowForms(t) {
		p := form.person
		if form.list != "" {
			p.open(form.list + "/new")
			p.looksGood("form-" + form.noun + "-new")
		}
		p.open(form.row + form.edit)
		p.fillIn(form.wrong)
		p.seeSelector("[data-error-summary]")
		p.looksGood("form-" + form.noun + "-wrong")
		p.open(form.row + form.edit)
		form.changeByAnother(t)
		p.fillIn(form.mine)
		p.seeSelector(".field-stored")
		p.looksGood("form-" + form.noun + "-stale")
	}
}

// changeByAnother has somebody else save the form.
func (f rowForm) changeByAnother(t *testing.T) {
	t.Helper()
	fields := url.Values{"version": {f.other.Get(f.row + f.edit).Value(rowsForm + ` input[name="version"]`)}}
	for name, value := range f.theirs {
		fields.Set(name, value)
	}
	if answer := f.other.Post(f.row, fields); answer.Status != http.StatusSeeOther {
		t.Fatalf("%s of somebody else answered %d: %s", f.noun, answer.Status, answer.Text("[data-error-summary]"))
	}
}

// Down the form by Tab, from its first field to its last button, and from what is wrong with
// it to where.
func TestTheFormOfARowIsFilledInWithoutAMouse(t *testing.T) {
	t.Parallel()
	for _, form := range rowForms(t) {
		p := form.person
		p.open(form.row + form.edit)
		evaluate[bool](p, `document.querySelector("`+rowsForm+`").scrollIntoView(), [...document.querySelector("`+rowsForm+`").elements].find((field) => field.type !== "hidden").focus(), true`)
		var stops []string
		for last := -1; ; {
			stop := wait[struct {
				Name   string
				At     int
				Hidden string
				Inside bool
			}](p, "a focus", `{ Name: document.activeElement.name || document.activeElement.textContent.trim(), Hidden: find.hiddenFocus(),
				Inside: !!document.activeElement.closest("`+rowsForm+`"), At: Math.round(document.activeElement.getBoundingClientRect().bottom + scrollY) }`)
			if !stop.Inside {
				break
			}
			// A field beside another stands a little higher or lower.
			if stop.At < last-60 || stop.Hidden != "" {
				t.Errorf("%s: Tab leads up to %s, or the focus does not show there: %s", form.noun, stop.Name, stop.Hidden)
			}
			stops, last = append(stops, stop.Name), stop.At
			if len(stops) > mostStops {
				t.Fatalf("%s: Tab does not leave the form: %v", form.noun, stops)
			}
			p.keys(kb.Tab)
		}
		if end := stops[max(len(stops)-2, 0):]; len(stops) < 4 || end[0] != "Save" || end[1] != "Cancel" {
			t.Errorf("%s: Tab leads over %v", form.noun, stops)
		}
		p.open(form.row + form.edit)
		p.fillIn(form.wrong)
		p.seeSelector("[data-error-summary]")
		p.waitForFocus("what is wrong", `document.querySelector("[data-error-summary]")`)
		p.keys(kb.Tab)
		evaluate[bool](p, `document.activeElement.click(), true`) // Enter goes on to the field, and sends the form from there
		wait[bool](p, "the place of what is wrong first", `location.hash !== "" && !!document.querySelector(location.hash)`)
		if !evaluate[bool](p, `document.querySelector(location.hash).matches("input, select, textarea")`) {
			p.keys(kb.Tab) // of several fields the first is the next stop
		}
		wait[bool](p, form.noun+": a focus where it is wrong", `document.querySelector(location.hash).contains(document.activeElement)`)
	}
}
