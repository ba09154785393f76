package mailbox

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/imap"
	"frontdesk/internal/job"
	"frontdesk/internal/locale"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/web"
	"frontdesk/views/layout"
	views "frontdesk/views/mailbox"
	"frontdesk/views/ui"
)

// Handler answers /settings/email.
type Handler struct {
	Web       *web.Web
	Store     *store.Store
	Now       clock.Clock
	Passwords Passwords
	Queue     *job.Queue
}

// indexPath is the list's address.
const indexPath = "/settings/email"

func address(id uuid.UUID) string { return indexPath + "/" + id.String() }

// Index lists the clinic's mailboxes.
func (h *Handler) Index(c *fiber.Ctx) error {
	rows, err := h.Store.Statement(c.UserContext()).MailboxList(c.UserContext())
	if err != nil {
		return err
	}
	list := make([]views.Line, 0, len(rows))
	for _, row := range rows {
		progress := Progress{row.Active, row.SyncRequestedAt, row.SyncStartedAt, row.SyncFinishedAt, row.SyncError}
		list = append(list, views.Line{ID: row.ID.String(), Name: row.Name, Address: row.Address, State: h.state(row.ID, progress)})
	}
	return h.Web.Page(c, fiber.StatusOK, layout.Mailboxes, locale.From(c.UserContext()).T("nav.mailboxes"), views.Index(list))
}

// Show is the page of one mailbox: its state, and its settings to change.
func (h *Handler) Show(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).MailboxGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	return h.show(c, fiber.StatusOK, row, stored(row))
}

// State is the piece of a mailbox's page that follows a sync; opened by itself it
// leads to the whole page (hazard 70).
func (h *Handler) State(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).MailboxGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	if !web.IsHTMX(c) {
		return web.Redirect(c, address(id))
	}
	return h.Web.Fragment(c, fiber.StatusOK, views.StateOf(h.state(id, progressOf(row))))
}

// New shows the form for a mailbox.
func (h *Handler) New(c *fiber.Ctx) error {
	return h.showNew(c, fiber.StatusOK, web.NewEdit(valuesOf(usualSettings)))
}

// Create keeps a mailbox and has it read for the first time. The mail server is
// asked by that job, never by the request.
func (h *Handler) Create(c *fiber.Ctx) error {
	form, key, err := web.ReadFormAndKey(c)
	if err != nil {
		return err
	}
	settings := readSettings(form)
	if settings.Password == "" {
		form.Reject("password", "field.required")
	}
	return h.Web.Save(c, web.Saving{
		Form: form, Show: h.showNew, Saved: "mailbox.created",
		Save: func(ctx context.Context) (string, error) { return h.create(ctx, key, settings) },
	})
}

func (h *Handler) create(ctx context.Context, key submission.Key, settings Settings) (location string, err error) {
	who, _ := actor.From(ctx)
	location, err = logged.CreateOnce(ctx, h.Store, indexPath, key, mailboxCreate, func(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
		err := tx.MailboxCreate(ctx, db.MailboxCreateParams{
			ID: id, Name: settings.Name, Address: settings.Address, Username: settings.Username,
			ImapHost: settings.IMAPHost, ImapPort: int32(settings.IMAPPort), ImapSecurity: settings.IMAPSecurity,
			SmtpHost: settings.SMTPHost, SmtpPort: int32(settings.SMTPPort), SmtpSecurity: settings.SMTPSecurity,
			PasswordSealed: h.Passwords.Seal(who.TenantID, id, settings.Password),
		})
		if err != nil {
			return err
		}
		return h.Queue.Enqueue(ctx, tx, SyncArguments{TenantID: who.TenantID, MailboxID: id})
	})
	return location, addressTaken(err)
}

// Update changes a mailbox, unless somebody else has done so since the form was shown
// (hazard 72). An empty password keeps the stored one.
func (h *Handler) Update(c *fiber.Ctx) error {
	id, form, err := web.ReadIDAndForm(c)
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).MailboxGet(c.UserContext(), id)
	if err != nil {
		return err
	}
	settings := readSettings(form)
	if settings.Password == "" && settings.leadsElsewhere(settingsOf(row)) {
		form.Reject("password", "mailbox.password_again")
	}
	otherAccount := settings.isOtherAccount(settingsOf(row))
	return h.Web.Save(c, web.Saving{
		Form: form, Saved: "mailbox.saved",
		Save: func(ctx context.Context) (string, error) {
			return address(id), h.update(ctx, id, form.Version(), settings, otherAccount)
		},
		Known: func(ctx context.Context) (web.Known, error) {
			if row, err = h.Store.Statement(ctx).MailboxGet(ctx, id); err != nil {
				return web.Known{}, err
			}
			return h.known(ctx, row, settings)
		},
		Show: func(c *fiber.Ctx, status int, edit ui.Edit) error { return h.show(c, status, row, edit) },
	})
}

// known compares what was typed with the row as it is by now. A password is compared as
// well, so that the second press of a form with a new one finds it saved; it is never among
// what is shown.
func (h *Handler) known(ctx context.Context, row db.MailboxGetRow, typed Settings) (web.Known, error) {
	known := web.Known{Stored: stored(row), Read: valuesOf(typed)}
	if typed.Password == "" {
		return known, nil
	}
	sealed, err := h.Store.Statement(ctx).MailboxPassword(ctx, row.ID)
	if err != nil {
		return known, err
	}
	who, _ := actor.From(ctx)
	if password, err := h.Passwords.Open(who.TenantID, row.ID, sealed); err != nil || password != typed.Password {
		known.Read["password"] = typed.Password
	}
	return known, nil
}

func (h *Handler) update(ctx context.Context, id uuid.UUID, version int32, settings Settings, otherAccount bool) error {
	who, _ := actor.From(ctx)
	change := db.MailboxUpdateParams{
		ID: id, Version: version, Name: settings.Name, Address: settings.Address, Username: settings.Username,
		ImapHost: settings.IMAPHost, ImapPort: int32(settings.IMAPPort), ImapSecurity: settings.IMAPSecurity,
		SmtpHost: settings.SMTPHost, SmtpPort: int32(settings.SMTPPort), SmtpSecurity: settings.SMTPSecurity,
	}
	var also audit.Fields
	if settings.Password != "" {
		change.PasswordSealed = h.Passwords.Seal(who.TenantID, id, settings.Password)
		also = audit.Fields{"password_replaced": true}
	}
	return addressTaken(h.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		err := logged.ChangedWith(ctx, tx, mailboxUpdate, id, also, func() error { return replace(ctx, tx, change, otherAccount) })
		if err != nil {
			return err
		}
		return h.Queue.Enqueue(ctx, tx, SyncArguments{TenantID: who.TenantID, MailboxID: id})
	}))
}

func replace(ctx context.Context, tx *store.Tx, change db.MailboxUpdateParams, otherAccount bool) error {
	if _, err := tx.MailboxUpdate(ctx, change); err != nil {
		return store.MovedOn(err)
	}
	if otherAccount {
		return forget(ctx, tx, change.ID)
	}
	return nil
}

func forget(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	if err := tx.MailboxForget(ctx, id); err != nil {
		return err
	}
	return tx.MailboxForgetMessages(ctx, id)
}

// Sync has a mailbox read now.
func (h *Handler) Sync(c *fiber.Ctx) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	err = h.Store.Tenant(c.UserContext(), func(ctx context.Context, tx *store.Tx) error {
		requested, err := tx.MailboxRequestSync(ctx, id)
		if err == nil && requested == 0 {
			err = missingOrInactive(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		if err := logged.Noted(ctx, tx, mailboxSync, id); err != nil {
			return err
		}
		return h.Queue.Enqueue(ctx, tx, SyncArguments{TenantID: who.TenantID, MailboxID: id})
	})
	if err != nil {
		return err
	}
	if web.IsHTMX(c) {
		return h.State(c)
	}
	return web.Redirect(c, address(id))
}

func missingOrInactive(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	if _, err := tx.MailboxGet(ctx, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "mailbox.inactive")
}

// Deactivate stops the reading of a mailbox and the sending through it.
func (h *Handler) Deactivate(c *fiber.Ctx) error {
	return h.setActive(c, false, mailboxDeactivate, "mailbox.deactivated")
}

// Activate takes it up again.
func (h *Handler) Activate(c *fiber.Ctx) error {
	return h.setActive(c, true, mailboxActivate, "mailbox.activated")
}

func (h *Handler) setActive(c *fiber.Ctx, active bool, action audit.Action, message string) error {
	id, err := web.ID(c, "id")
	if err != nil {
		return err
	}
	err = addressTaken(logged.Update(c.UserContext(), h.Store, action, id, func(ctx context.Context, tx *store.Tx) error {
		return tx.MailboxSetActive(ctx, db.MailboxSetActiveParams{ID: id, Active: active})
	}))
	if err != nil {
		return err
	}
	return h.Web.Done(c, message, address(id))
}

// addressConstraint: two active mailboxes with one address would read each mail
// twice.
const addressConstraint = "mailboxes_address"

// addressTaken says that another mailbox has the address.
func addressTaken(err error) error {
	return store.Taken(err, addressConstraint, "address", "mailbox.address_taken")
}

func (h *Handler) showNew(c *fiber.Ctx, status int, edit ui.Edit) error {
	return h.Web.Page(c, status, layout.Mailboxes, locale.From(c.UserContext()).T("mailbox.new"), views.New(edit))
}

func (h *Handler) show(c *fiber.Ctx, status int, row db.MailboxGetRow, edit ui.Edit) error {
	return h.Web.Page(c, status, layout.Mailboxes, row.Name, views.Show(views.Mailbox{
		ID: row.ID.String(), Name: row.Name, Address: row.Address, Active: row.Active,
		State: h.state(row.ID, progressOf(row)), Edit: edit,
	}))
}

func (h *Handler) state(id uuid.UUID, progress Progress) views.State {
	return views.State{ID: id.String(), Code: string(progress.State(h.Now())), Finished: progress.Finished, Reason: progress.Reason}
}

func progressOf(row db.MailboxGetRow) Progress {
	return Progress{row.Active, row.SyncRequestedAt, row.SyncStartedAt, row.SyncFinishedAt, row.SyncError}
}

func settingsOf(row db.MailboxGetRow) Settings {
	return Settings{
		Name: row.Name, Address: row.Address, Username: row.Username,
		IMAPHost: row.ImapHost, IMAPPort: int(row.ImapPort), IMAPSecurity: row.ImapSecurity,
		SMTPHost: row.SmtpHost, SMTPPort: int(row.SmtpPort), SMTPSecurity: row.SmtpSecurity,
	}
}

// usualSettings are what the form of a new mailbox begins with.
var usualSettings = Settings{
	IMAPPort: defaultIMAPPort, IMAPSecurity: string(imap.TLS), SMTPPort: defaultSMTPPort, SMTPSecurity: string(imap.TLS),
}

// stored is the form of a mailbox as it is; the password is never shown.
func stored(row db.MailboxGetRow) ui.Edit {
	return ui.Edit{ID: row.ID, Version: row.Version, Values: valuesOf(settingsOf(row))}
}

func valuesOf(settings Settings) map[string]string {
	return map[string]string{
		"name": settings.Name, "address": settings.Address, "username": settings.Username,
		"imap_host": settings.IMAPHost, "imap_port": strconv.Itoa(settings.IMAPPort), "imap_security": settings.IMAPSecurity,
		"smtp_host": settings.SMTPHost, "smtp_port": strconv.Itoa(settings.SMTPPort), "smtp_security": settings.SMTPSecurity,
	}
}
