package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/guard"
	"frontdesk/internal/revision"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	"frontdesk/views/ui"
)

// keptRoute is a page of a test's own that is kept as those of the program are.
func keptRoute(path string, content func(*fiber.Ctx) templ.Component) clinic.Option {
	glue := web.New(web.Options{Assets: &web.Assets{}})
	route := guard.Route{
		Method: http.MethodGet, Path: path, Access: guard.Member, Kept: &guard.Kept{Areas: []revision.Area{revision.Clients}},
		Handler: func(c *fiber.Ctx) error {
			web.KeepForTheDay(c.UserContext())
			return glue.Page(c, fiber.StatusOK, layout.Clients, "", content(c))
		},
	}
	return func(p *server.Parts) { p.Routes = append(p.Routes, route) }
}

// output is a content that is one text.
func output(text string) templ.Component { return templ.Raw("<output>" + text + "</output>") }

// Of the pages that are kept none has a form that writes in its content, so that the test
// has one of its own.
func TestHazard025ATokenOfOnePersonStandsInNothingThatAnotherIsGiven(t *testing.T) {
	t.Parallel()
	formed := keptRoute("/formed", func(*fiber.Ctx) templ.Component {
		return ui.Form(ui.FormOptions{Action: "/clients"})
	})
	n := twoClinics(t, formed)
	colleague := n.Member(n.alfa, "Colleague")
	first, second := n.alfa.SignInStaff(), n.Enter(clinic.Session{UserID: colleague.ID, TenantID: n.alfa.ID})
	addresses := []string{"/formed"}
	for _, kept := range keptPages {
		addresses = append(addresses, kept...)
	}
	for _, address := range addresses {
		theirs := proofs(t, first.Get(address))
		page := second.Get(address)
		for proof := range proofs(t, page) {
			if theirs[proof] {
				t.Errorf("%s: one is given the token of another", address)
			}
		}
		inContent := page.Find(`main input[name="_csrf"]`)
		if (inContent.Length() > 0) != (address == "/formed") {
			t.Errorf("%s has %d forms that write", address, inContent.Length())
		}
	}
}

var anyToken = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

// proofs are what the tokens of a page prove a session by: each token is under another
// mask, and nothing else of them is compared.
func proofs(t *testing.T, page *clinic.Answer) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, text := range anyToken.FindAllString(string(page.Body), -1) {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 32 {
			raw[32+i] ^= raw[i]
		}
		found[string(raw[32:])] = true
	}
	if len(found) != 1 {
		t.Fatalf("the page has tokens of %d sessions", len(found))
	}
	return found
}

func TestSupportIsGivenNothingThatWasKeptAndLeavesNothingToBeKept(t *testing.T) {
	t.Parallel()
	c := threeCopies(t)
	admin := c.Person("admin", true)
	support := c.readers("support", clinic.Session{UserID: admin.ID, TenantID: c.alfa.ID, SupportGrantID: letIn(t, c.World, c.alfa)})
	staff := c.readers("staff", clinic.Session{UserID: c.alfa.Staff.ID, TenantID: c.alfa.ID})
	looks := func() int {
		return c.Database.Count(t, "select count(*) from audit_events where tenant_id = $1 and action = 'support_view'", c.alfa.ID)
	}
	before := looks()
	for _, reader := range []readers{support, staff, support, staff} {
		reader.compare(t, "one after the other")
	}
	pages := 0
	for _, addresses := range keptPages {
		pages += len(addresses)
	}
	if logged := looks() - before; logged != 4*pages { // two rounds, on two copies
		t.Errorf("of %d looks %d are logged", 4*pages, logged)
	}
}

// Whoever asks while they may is answered, though they may no longer when the answer is
// ready, as with any page. What matters is that the next question counts for itself.
func TestWhoLosesTheirRoleOrSessionWhileAPageIsDrawnIsNotGivenItAgain(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]string{
		"role":    "update memberships set role = 'staff' where user_id = $1",
		"session": "delete from sessions where user_id = $1",
	} {
		began, goOn := make(chan struct{}, 1), make(chan struct{})
		n := twoClinics(t, keptRoute("/drawn", func(c *fiber.Ctx) templ.Component {
			who, _ := actor.From(c.UserContext())
			if who.Role == actor.Owner {
				began <- struct{}{}
				<-goOn
			}
			return output(string(who.Role))
		}))
		answered := make(chan *clinic.Answer)
		go func() { answered <- n.owner.Get("/drawn") }()
		<-began
		n.Database.Execute(t, ending, n.alfa.Owner.ID)
		close(goOn)
		if answer := <-answered; answer.Text("output") != "owner" {
			t.Errorf("%s: the page that was asked for in time is answered %d", name, answer.Status)
		}
		if answer := n.owner.Get("/drawn"); answer.Status != http.StatusSeeOther {
			t.Errorf("%s: who lost it is answered %d %q", name, answer.Status, answer.Text("output"))
		}
		if shown := n.alfa.SignInStaff().Get("/drawn").Text("output"); shown != "staff" {
			t.Errorf("%s: staff is shown the page of an %s", name, shown)
		}
	}
}

func TestAPageThatPanicsIsNotKeptAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	began, goOn := make(chan struct{}), make(chan struct{})
	var drawn atomic.Int64
	n := twoClinics(t, keptRoute("/shaky", func(*fiber.Ctx) templ.Component {
		number := drawn.Add(1)
		if number == 1 {
			close(began)
			<-goOn
			panic("while it is drawn")
		}
		return output(fmt.Sprint(number))
	}))
	answers := make([]*clinic.Answer, 9)
	var asking sync.WaitGroup
	asking.Go(func() { answers[0] = n.owner.Get("/shaky") })
	<-began
	for i := range answers[1:] {
		asking.Go(func() { answers[1+i] = n.owner.Get("/shaky") })
	}
	close(goOn) // some wait for the first by now, others ask later
	asking.Wait()
	if answers[0].Status != http.StatusInternalServerError {
		t.Errorf("a handler that panics answers %d", answers[0].Status)
	}
	for _, answer := range answers[1:] {
		if shown := answer.Text("output"); answer.Status != http.StatusOK || shown == "" || shown == "1" {
			t.Errorf("who asked meanwhile is answered %d %q", answer.Status, shown)
		}
	}
	kept := n.owner.Get("/shaky").Text("output")
	if again := n.owner.Get("/shaky").Text("output"); again != kept {
		t.Errorf("the next are shown %q and %q", kept, again)
	}
}
