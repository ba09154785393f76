package browser_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/testkit/clinic"
)

// walk is the main job of the clinic, from the first super-admin to a neighbour
// who sees nothing of it. Each step needs those before it.
type walk struct {
	t                        *testing.T
	world                    *clinic.World
	mail                     mailServers
	day                      time.Time
	admin, owner, reception  *person
	inviteLink               string
	provider, service, box   string
	client, appointment      string
	conversation, appointed2 string
}

// TestTheMainJobFromAnEmptyInstallationToAnAnsweredMail walks through everything
// that the program is for, and keeps a screenshot of each step.
func TestTheMainJobFromAnEmptyInstallationToAnAnsweredMail(t *testing.T) {
	t.Parallel()
	w := &walk{t: t, world: newWorld(t), mail: newMailServers(t), day: today(t)}
	w.superAdminCreatesTheClinic()
	w.ownerJoins()
	w.ownerAddsAProvider()
	w.ownerAddsAService()
	w.ownerAddsTheMailbox()
	w.receptionistJoins()
	w.receptionistAddsAClient()
	w.receptionistBooks()
	w.aSecondBookingOverItIsRefused()
	w.theFirstIsMoved()
	w.theFirstIsCancelled()
	w.mailArrives()
	w.mailIsAnswered()
	w.theDashboardShowsTheDay()
	w.aNeighbourSeesNothing()
	w.theDatabaseRefuses()
}

func (w *walk) superAdminCreatesTheClinic() {
	w.admin = signInSuperAdmin(w.t, w.world)
	p := w.admin
	p.looksGood("02-console")
	p.press("New clinic")
	p.at("/admin/tenants/new")
	p.fill("Name", "Clinica Nord")
	p.fill("Short name", "clinica-nord")
	p.fill("Time zone", "Europe/Bucharest")
	p.fill("Seats", "5")
	p.fill("Owner's name", "Ioana Dumitru")
	p.fill("Owner's e-mail", "ioana@clinica-nord.example")
	p.looksGood("03-new-clinic")
	p.press("Create and invite the owner")
	p.below("/admin/tenants")
	p.see("The invite to ioana@clinica-nord.example was not sent")
	p.see("This installation has no outgoing mail.")
	w.inviteLink = p.attribute("a[data-invite-link]", "href")
	p.looksGood("04-invite-link")
	p.open("/admin/tenants")
	p.see("Clinica Nord")
	p.looksGood("04-clinics")
}

func (w *walk) ownerJoins() {
	w.owner = newPerson(w.t, w.world.URL)
	p := w.owner
	p.open(p.pathOf(w.inviteLink))
	p.see("Join Clinica Nord")
	p.looksGood("05-invite")
	p.fill("Your name", "Ioana Dumitru")
	p.fill("Choose a password", "mere pere si prune")
	p.fill("The same password again", "mere pere si prune")
	p.press("Join")
	p.at("/")
	p.see("Get the clinic ready")
	p.looksGoodEverywhere("06-empty-clinic")
	for name, path := range map[string]string{"calendar": "/calendar", "clients": "/clients", "inbox": "/inbox", "providers": "/providers", "services": "/services", "mailboxes": "/settings/email"} {
		p.open(path)
		p.looksGood("06-empty-" + name)
	}
	p.open("/")
}

func (w *walk) ownerAddsAProvider() {
	p := w.owner
	p.press("Add a provider and working hours")
	p.at("/providers/new")
	p.fill("Name", "Dr. Ana Ionescu")
	for _, day := range []string{"Saturday", "Sunday"} { // today may be one of them
		p.fill(day+", time 1, from", "09:00")
		p.fill(day+", time 1, until", "17:00")
	}
	p.looksGood("07-new-provider")
	p.press("Add provider")
	w.provider = p.below("/providers")
	p.looksGood("08-provider")
}

func (w *walk) ownerAddsAService() {
	p := w.owner
	p.open("/services")
	p.press("New service")
	p.at("/services/new")
	p.fill("Name", "Consultation")
	p.fill("Duration in minutes", "30")
	p.fill("Price in RON", "250")
	p.looksGood("09-new-service")
	p.press("Add service")
	w.service = p.below("/services")
	p.looksGood("10-service")
}

func (w *walk) ownerAddsTheMailbox() {
	p := w.owner
	p.open("/settings/email")
	p.press("Add a mailbox")
	p.at("/settings/email/new")
	p.fill("Name", "Reception")
	p.fill("Address", "reception@clinica-nord.example")
	p.fill("IMAP server", w.mail.inbox.Host)
	p.fill("IMAP port", strconv.Itoa(w.mail.inbox.TLSPort))
	p.fill("SMTP server", w.mail.smtp.Host)
	p.fill("SMTP port", strconv.Itoa(w.mail.smtp.TLSPort))
	p.choose("SMTP encryption", "TLS from the start (usual)")
	p.fill("User name", w.mail.inbox.Username)
	p.fill("Password", w.mail.inbox.Password)
	p.looksGood("11-new-mailbox")
	p.press("Add and read mail")
	w.box = p.below("/settings/email")
	p.seeSelector(`#mailbox-state[data-state="read"]`)
	p.looksGood("12-mailbox")
}

func (w *walk) receptionistJoins() {
	p := w.owner
	p.open("/team")
	p.fill("Name", "Elena Radu")
	p.fill("E-mail", "elena@clinica-nord.example")
	p.press("Send invite")
	link := p.attribute("a[data-invite-link]", "href")
	p.looksGood("13-team")

	w.reception = newPerson(w.t, w.world.URL)
	p = w.reception
	p.open(p.pathOf(link))
	p.fill("Choose a password", "cai verzi pe pereti")
	p.fill("The same password again", "cai verzi pe pereti")
	p.press("Join")
	p.at("/")
	p.see("Welcome! You are part of the team now.")
	p.picture("14-receptionist")
}

func (w *walk) receptionistAddsAClient() {
	p := w.reception
	p.open("/clients")
	p.press("New client")
	p.at("/clients/new")
	p.fill("First name", "Maria")
	p.fill("Last name", "Popescu")
	p.fill("Phone", "0722 123 456")
	p.fill("E-mail", "maria.popescu@mail.example")
	p.fill("Birth date", "1984-05-17")
	p.looksGood("15-new-client")
	p.press("Add client")
	w.client = p.below("/clients")
	p.see("Maria Popescu")
	p.looksGood("16-client")
	p.open("/clients")
	p.looksGood("17-clients")
}

func (w *walk) receptionistBooks() {
	p := w.reception
	p.open("/calendar?view=day")
	p.looksGood("18-calendar-empty-day")
	p.press("New appointment")
	w.fillBooking("10:00")
	p.looksGood("19-booking")
	p.press("Book")
	p.see("The appointment is booked.")
	p.seeGone("dialog[open]")
	w.appointment = p.tilePath("10:00")
	p.looksGoodEverywhere("20-calendar-day")
	for _, view := range []string{"week", "month", "agenda"} {
		p.open("/calendar?view=" + view)
		p.looksGood("20-calendar-" + view)
	}
}

// fillBooking fills the form of a new appointment of Maria's, today.
func (w *walk) fillBooking(at string) {
	p := w.reception
	p.seeSelector("#appointment-form")
	p.fill("Name, phone or e-mail", "popes")
	p.pressSelector(`#appointment-clients label`)
	p.choose("Service", "Consultation")
	p.choose("Provider", "Dr. Ana Ionescu")
	p.fill("Date", w.day.Format(time.DateOnly))
	p.fill("Time", at)
}

// tilePath is the address of the calendar's tile that begins at that time.
func (p *person) tilePath(at string) string {
	p.t.Helper()
	return wait[string](p, "a tile at "+at, `find.all('a[id^="appointment-"]').find((tile) => tile.title.includes(`+quote(at)+`))?.getAttribute('href') ?? false`)
}

func (w *walk) aSecondBookingOverItIsRefused() {
	p := w.reception
	p.open("/calendar?view=day")
	p.press("New appointment")
	w.fillBooking("10:15")
	p.press("Book")
	p.seeSelector("[data-taken]")
	p.see("Maria Popescu")
	p.looksGood("21-taken")
	if status := p.lastStatus("/appointments"); status != 409 {
		w.t.Errorf("a booking over another answered %d, not 409", status)
	}
	free := p.attribute("[data-free-time]", "data-free-time")
	p.pressSelector("[data-free-time]")
	p.see("The appointment is booked.")
	_, clock, _ := strings.Cut(free, "T")
	w.appointed2 = p.tilePath(clock)
	p.picture("22-both-booked")
}

func (w *walk) theFirstIsMoved() {
	p := w.reception
	p.pressSelector(`a[href="` + w.appointment + `"]`)
	p.seeSelector("dialog [data-when]")
	p.looksGood("23-appointment")
	p.press("Move")
	p.seeSelector("dialog #appointment-form")
	p.fill("Time", "14:00")
	p.picture("24-moving")
	p.press("Save")
	p.see("The appointment is saved.")
	p.seeGone("dialog[open]")
	if got := p.tilePath("14:00"); got != w.appointment {
		w.t.Errorf("the appointment at 14:00 is %s, not %s", got, w.appointment)
	}
	p.picture("25-moved")
}

func (w *walk) theFirstIsCancelled() {
	p := w.reception
	p.open(w.appointment)
	p.press("Cancel appointment")
	p.see("Cancel this appointment?")
	p.looksGood("26-cancel-question")
	p.pressSelector("#confirm [data-confirm-yes]")
	p.see("Cancelled")
	p.open(w.appointment)
	p.seeSelector(`[data-status="cancelled"]`)
	p.looksGood("27-cancelled")
}

// hostileMail is a client's mail with what a hostile one may carry.
const hostileMail = `From: "Maria Popescu" <maria.popescu@mail.example>
To: reception@clinica-nord.example
Subject: Can I come earlier? <img src=x onerror=document.title=1>
Message-ID: <first@mail.example>
Date: %s
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Bună ziua, <b>could I come earlier</b> on Friday?</p>
<script>parent.document.title = 'taken over'</script>
<img src="x" onerror="parent.document.title='taken over'">
<img src="https://tracker.example/pixel.gif" width="1" height="1">
<a href="javascript:parent.document.title='taken over'">Click</a>
<form action="/logout" method="post"><button>Win</button></form>
`

func (w *walk) mailArrives() {
	w.mail.inbox.Deliver(w.t, []byte(strings.ReplaceAll(fmt.Sprintf(hostileMail, time.Now().Format(time.RFC1123Z)), "\n", "\r\n")))
	p := w.owner
	p.open(w.box)
	p.press("Read mail now")
	p.seeSelector(`#mailbox-state[data-state="read"]`)

	p = w.reception
	p.waitForMail("Can I come earlier?")
	p.looksGoodEverywhere("28-inbox")
	p.pressSelector(`li[id^="conversation-"] a`)
	w.conversation = p.below("/inbox")
	p.seeSelector("iframe[data-mail-frame]")
	text := wait[string](p, "the mail's text", `find.folded(document.querySelector("[data-mail-frame]")?.contentDocument?.body?.innerText) || false`)
	if !strings.Contains(text, "Bună ziua, could I come earlier on Friday?") {
		w.t.Errorf("the mail reads %q", text)
	}
	for _, foreign := range []string{"script", "form", "[onerror]", `[href^="javascript"]`, `img[src*="tracker"]`} {
		if found := evaluate[int](p, `document.querySelector("[data-mail-frame]").contentDocument.querySelectorAll(`+quote(foreign)+`).length`); found > 0 {
			w.t.Errorf("the mail holds %d of %s", found, foreign)
		}
	}
	if title := evaluate[string](p, "document.title"); strings.Contains(title, "taken over") {
		w.t.Error("the mail took over the page")
	}
	p.seeSelector(`[data-contact] a[href="` + w.client + `"]`) // matched by address
	p.looksGood("29-conversation")
}

// waitForMail reloads the inbox until a mail is there, as people do.
func (p *person) waitForMail(subject string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		p.open("/inbox")
		if wait[string](p, "the inbox", "find.folded(document.body.innerText)"); strings.Contains(p.text("main"), subject) {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("no mail %q in the inbox: %s", subject, p.describe())
		}
	}
}

func (w *walk) mailIsAnswered() {
	p := w.reception
	p.fill("Your answer", "Friday at 9 is free. Shall I book it?")
	p.picture("30-answer")
	p.press("Send")
	sent := w.mail.smtp.Next(w.t)
	if len(sent.To) != 1 || sent.To[0] != "maria.popescu@mail.example" || !strings.Contains(string(sent.Raw), "In-Reply-To: <first@mail.example>") {
		w.t.Errorf("the answer went to %v: %s", sent.To, sent.Raw)
	}
	p.seeSelector(`[data-delivery="sent"]`)
	p.see("Friday at 9 is free.")
	p.looksGood("31-answered")
}

func (w *walk) theDashboardShowsTheDay() {
	w.mail.inbox.Deliver(w.t, []byte("From: new.person@mail.example\r\nTo: reception@clinica-nord.example\r\nSubject: Prices?\r\nMessage-ID: <second@mail.example>\r\n\r\nHow much is it?\r\n"))
	p := w.owner
	p.open(w.box)
	p.press("Read mail now")
	p.seeSelector(`#mailbox-state[data-state="read"]`)
	p = w.reception
	p.waitForMail("Prices?")
	p.open("/")
	p.see("Maria Popescu")
	if got := p.text(`[data-figure="appointments"] dd`); got != "1" {
		w.t.Errorf("the dashboard counts %s appointments, not the one that is not cancelled", got)
	}
	if got := p.text(`[data-figure="unread"] dd`); got != "1" {
		w.t.Errorf("the dashboard counts %s unread conversations, not 1", got)
	}
	p.looksGoodEverywhere("32-dashboard")
}
