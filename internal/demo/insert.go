package demo

import (
	"context"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// batch is how many rows go into one transaction.
const batch = 2000

// inBatches calls insert for the rows from..to, each time in a transaction.
func inBatches(ctx context.Context, s *store.Store, count int, insert func(ctx context.Context, tx *store.Tx, from, to int) error) error {
	for from := 0; from < count; from += batch {
		err := s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
			return insert(ctx, tx, from, min(from+batch, count))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) insertServices(ctx context.Context, s *store.Store) error {
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.DemoServiceInsert(ctx, r.services) })
}

func (r *rows) insertProviders(ctx context.Context, s *store.Store) error {
	return s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DemoProviderInsert(ctx, r.providers); err != nil {
			return err
		}
		return tx.DemoProviderHoursInsert(ctx, r.hours)
	})
}

func (r *rows) insertClients(ctx context.Context, s *store.Store) error {
	c := r.clients
	return inBatches(ctx, s, len(c.Ids), func(ctx context.Context, tx *store.Tx, from, to int) error {
		return tx.DemoClientInsert(ctx, db.DemoClientInsertParams{
			Ids: c.Ids[from:to], FirstNames: c.FirstNames[from:to], LastNames: c.LastNames[from:to], Emails: c.Emails[from:to],
			Phones: c.Phones[from:to], BirthDates: c.BirthDates[from:to], SearchTexts: c.SearchTexts[from:to],
		})
	})
}

func (r *rows) insertAppointments(ctx context.Context, s *store.Store) error {
	a := r.appointments
	return inBatches(ctx, s, len(a.Ids), func(ctx context.Context, tx *store.Tx, from, to int) error {
		return tx.DemoAppointmentInsert(ctx, db.DemoAppointmentInsertParams{
			Ids: a.Ids[from:to], ClientIds: a.ClientIds[from:to], ProviderIds: a.ProviderIds[from:to], ServiceIds: a.ServiceIds[from:to],
			Starts: a.Starts[from:to], Ends: a.Ends[from:to], Statuses: a.Statuses[from:to],
		})
	})
}

func (r *rows) insertMail(ctx context.Context, s *store.Store) error {
	if err := s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.DemoMailboxInsert(ctx, r.mailbox) }); err != nil {
		return err
	}
	c, m := r.mail.conversations, r.mail.messages
	err := inBatches(ctx, s, len(c.Ids), func(ctx context.Context, tx *store.Tx, from, to int) error {
		return tx.DemoConversationInsert(ctx, db.DemoConversationInsertParams{
			Ids: c.Ids[from:to], MailboxID: c.MailboxID, Subjects: c.Subjects[from:to], Addresses: c.Addresses[from:to],
			Names: c.Names[from:to], Latest: c.Latest[from:to], Unread: c.Unread[from:to],
		})
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, s, len(m.Ids), func(ctx context.Context, tx *store.Tx, from, to int) error {
		return tx.DemoMessageInsert(ctx, db.DemoMessageInsertParams{
			Ids: m.Ids[from:to], ConversationIds: m.ConversationIds[from:to], MailboxID: m.MailboxID, Directions: m.Directions[from:to],
			MessageIds: m.MessageIds[from:to], FromNames: m.FromNames[from:to], FromAddresses: m.FromAddresses[from:to],
			Subjects: m.Subjects[from:to], Sent: m.Sent[from:to], Bodies: m.Bodies[from:to], Deliveries: m.Deliveries[from:to],
		})
	})
}
