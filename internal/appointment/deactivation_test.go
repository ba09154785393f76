package appointment_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/booking"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// withdrawal takes away what an appointment is made with.
type withdrawal struct {
	// field is where a booking that comes too late is told.
	field string
	id    func(*practice) uuid.UUID
	lock  func(context.Context, *store.Tx, uuid.UUID) error
	// statement deactivates or removes by the id, path and form as a person does.
	statement, before, after string
	form                     func(*practice) url.Values
}

// path is the address that the form is sent to.
func (w withdrawal) path(p *practice) string { return w.before + w.id(p).String() + w.after }

func theProvider(p *practice) uuid.UUID { return p.provider }

func theService(p *practice) uuid.UUID { return p.service }

var deactivations = []withdrawal{
	{"provider_id", theProvider, booking.LockProvider, "update providers set active = false where id = $1", "/providers/", "/deactivation", noFields},
	{"service_id", theService, booking.LockService, "update services set active = false where id = $1", "/services/", "/deactivation", noFields},
}

// withdrawals are the deactivations, and that a provider does not give a service
// any more.
var withdrawals = append(slices.Clone(deactivations), withdrawal{
	"service_id", theProvider, booking.LockProvider, "update providers set all_services = false where id = $1", "/providers/", "",
	func(p *practice) url.Values {
		other := p.addService("The other one", 30, 0, 0)
		return url.Values{"name": {"Dr. Ana Ionescu"}, "version": {"1"}, "service_ids": {other.String()}}
	},
})

func noFields(*practice) url.Values { return nil }

// waitForWaiter returns once somebody waits for a lock of the database that a
// transaction of the test holds.
func waitForWaiter(t *testing.T, watch *pgx.Conn) {
	t.Helper()
	bound, tick := time.After(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		var waits bool
		err := watch.QueryRow(t.Context(), `select exists (select from pg_locks where locktype = 'advisory' and not granted
			and database = (select oid from pg_database where datname = current_database()))`).Scan(&waits)
		if err != nil || waits {
			if err != nil {
				t.Error(err)
			}
			return
		}
		select {
		case <-bound:
			t.Error("nobody waits")
			return
		case <-tick.C:
		}
	}
}

// meanwhile sends a post and hands on its answer.
func (p *practice) meanwhile(path string, fields url.Values) <-chan *clinic.Answer {
	p.browser.Token()
	answers := make(chan *clinic.Answer, 1)
	go func() { answers <- p.browser.Post(path, fields) }()
	return answers
}

func TestABookingThatMeetsAWithdrawalWaitsForItAndIsRefused(t *testing.T) {
	t.Parallel()
	for _, what := range withdrawals {
		p := newPractice(t, "alfa")
		watch := testkit.Connect(t, p.world.Database.SuperuserURL)
		var answers <-chan *clinic.Answer
		p.Do(func(ctx context.Context, tx *store.Tx) error {
			if err := what.lock(ctx, tx, what.id(p)); err != nil {
				return err
			}
			answers = p.meanwhile("/appointments", p.fields("10:00"))
			waitForWaiter(t, watch)
			_, err := tx.Raw().Exec(ctx, what.statement, what.id(p))
			return err
		})
		answer := <-answers
		if said := answer.Find(`[data-error-summary] a[href="#` + what.field + `"]`).Length(); answer.Status != http.StatusUnprocessableEntity || said != 1 {
			t.Errorf("%s: answered %d, %d messages", what.path(p), answer.Status, said)
		}
		if p.count() != 0 {
			t.Errorf("%s: booked all the same", what.path(p))
		}
	}
}

func TestAWithdrawalWaitsForABookingUnderWay(t *testing.T) {
	t.Parallel()
	for _, what := range withdrawals {
		p := newPractice(t, "alfa")
		form := what.form(p)
		watch := testkit.Connect(t, p.world.Database.SuperuserURL)
		var answers <-chan *clinic.Answer
		p.Do(func(ctx context.Context, tx *store.Tx) error {
			_, err := booking.Book(ctx, tx, booking.Request{
				ClientID: p.client, ProviderID: p.provider, ServiceID: p.service, StartsAt: morning.Add(3 * time.Hour), Status: booking.Booked,
			})
			answers = p.meanwhile(what.path(p), form)
			waitForWaiter(t, watch)
			return err
		})
		if answer := <-answers; answer.Status != http.StatusSeeOther || p.count() != 1 {
			t.Errorf("%s: it answered %d, %d booked", what.path(p), answer.Status, p.count())
		}
	}
}

func TestHazard109WhatWasBookedStaysChangeableAfterItsProviderAndServiceHaveGone(t *testing.T) {
	t.Parallel()
	p := newPractice(t, "alfa")
	address := p.book(p.fields("10:00"))
	for _, what := range deactivations {
		p.Execute(what.statement, what.id(p))
	}
	for _, page := range []string{address, address + "/edit", "/calendar?date=" + day} {
		if answer := p.browser.Get(page); answer.Status != http.StatusOK {
			t.Errorf("%s answered %d", page, answer.Status)
		}
	}
	same := url.Values{"provider_id": {p.provider.String()}, "service_id": {p.service.String()}}
	for _, change := range []url.Values{with(same, "notes", "called"), with(same, "time", "11:00"), with(same, "status", booking.Arrived)} {
		if answer := p.browser.Post(address, change); answer.Status != http.StatusSeeOther {
			t.Errorf("%v answered %d", change, answer.Status)
		}
	}
	if answer := p.browser.Post(address+"/cancellation", nil); answer.Status != http.StatusSeeOther {
		t.Errorf("cancelling answered %d", answer.Status)
	}
	second := newPractice(t, "beta")
	moved := second.book(second.fields("10:00"))
	gone := second.addProvider("Dr. Gone")
	second.Execute("update providers set active = false where id = $1", gone)
	if answer := second.browser.Post(moved, url.Values{"provider_id": {gone.String()}}); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("moving to a provider who has left answered %d", answer.Status)
	}
}
