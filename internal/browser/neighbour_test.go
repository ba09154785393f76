package browser_test

import (
	"context"
	"errors"
	"path"

	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// addresses are everything of the clinic that has one.
func (w *walk) addresses() []string {
	return []string{
		w.provider, w.provider + "/edit", w.service, w.service + "/edit", w.box,
		w.client, w.client + "/edit", w.appointment, w.appointment + "/edit", w.conversation,
	}
}

// aNeighbourSeesNothing lets another clinic's owner try every address.
func (w *walk) aNeighbourSeesNothing() {
	south := w.world.Clinic("south")
	p := newPerson(w.t, w.world.URL)
	p.signIn(south.Owner.Email, clinic.Password)
	p.at("/")
	for _, address := range w.addresses() {
		if status := p.status(address); status != 404 {
			w.t.Errorf("a neighbour's %s answered %d, not 404", address, status)
		}
	}
	p.open(w.client)
	p.see("There is nothing at this address.")
	p.looksGood("33-neighbour")
	for _, list := range []string{"/", "/calendar", "/calendar?view=agenda", "/clients?q=popescu", "/inbox", "/providers", "/services", "/settings/email", "/team", "/appointments/clients?client_query=popescu"} {
		p.open(list)
		if shown := evaluate[string](p, "String(document.documentElement.outerHTML.match(/Maria|Popescu|Ionescu|Consultation|clinica-nord/))"); shown != "null" {
			w.t.Errorf("a neighbour's %s shows %q of the clinic", list, shown)
		}
	}
}

// theDatabaseRefuses asks Postgres itself, as the neighbour's transaction does.
func (w *walk) theDatabaseRefuses() {
	ctx := w.t.Context()
	south := w.world.Clinic("south-two")
	connection := testkit.Connect(w.t, w.world.Database.TenantURL)
	var count int
	if err := connection.QueryRow(ctx, "select count(*) from clients").Scan(&count); err == nil {
		w.t.Error("without a tenant, clients could be counted")
	}
	as := func(ctx context.Context, sql string, arguments ...any) error {
		tx, err := connection.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { w.closed(tx.Rollback(ctx)) }()
		if _, err := tx.Exec(ctx, "select set_config('app.tenant_id', $1, true)", south.ID.String()); err != nil {
			return err
		}
		return tx.QueryRow(ctx, sql, arguments...).Scan(&count)
	}
	for _, table := range []string{"clients", "appointments", "providers", "services", "mailboxes", "conversations", "messages"} {
		if err := as(ctx, "select count(*) from "+table); err != nil || count != 0 {
			w.t.Errorf("a neighbour counts %d rows of %s (%v)", count, table, err)
		}
	}
	err := as(ctx, `insert into appointments (id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
		values (gen_random_uuid(), $1, $2, $3, now(), now() + interval '1 hour', now(), now() + interval '1 hour') returning 1`,
		path.Base(w.client), path.Base(w.provider), path.Base(w.service))
	if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != "23503" {
		w.t.Errorf("an appointment with a neighbour's client: %v, not a foreign key's refusal", err)
	}
}

func (w *walk) closed(err error) {
	if err != nil {
		w.t.Error(err)
	}
}
