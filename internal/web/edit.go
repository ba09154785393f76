package web

import (
	"context"
	"maps"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/submission"
	"frontdesk/views/ui"
)

// ReadFormAndKey reads a form that creates something, and what it is known again by.
func ReadFormAndKey(c *fiber.Ctx) (*Form, submission.Key, error) {
	form, err := ReadForm(c)
	if err != nil {
		return nil, submission.Key{}, err
	}
	key, err := form.Key()
	return form, key, err
}

// ReadIDAndForm reads a form that changes the row whose id is in the address.
func ReadIDAndForm(c *fiber.Ctx) (uuid.UUID, *Form, error) {
	id, err := ID(c, "id")
	if err != nil {
		return uuid.Nil, nil, err
	}
	form, err := ReadForm(c)
	return id, form, err
}

// NewEdit is the form of a row that is not there yet, with what is usual in its fields.
func NewEdit(usual map[string]string) ui.Edit { return ui.Edit{Key: NewKey(), Values: usual} }

// Edit is the form as it was sent, to be shown again. known is the row as it is by now,
// and the zero Known where it is new: when it has moved on (RejectFault), what is stored
// stands beside what was typed and means something else, and the form, sent again, replaces
// it knowingly (hazard 72).
func (f *Form) Edit(known Known) ui.Edit {
	stored := known.Stored
	shown := ui.Edit{ID: stored.ID, Version: f.Version(), Key: f.values[keyField], Values: f.values, Errors: f.errors}
	if f.stale {
		shown.Version, shown.Stored = stored.Version, known.differences()
	}
	return shown
}

// Known is a row that was to be changed.
type Known struct {
	// Stored is its form as it is by now.
	Stored ui.Edit
	// Read are the values that would stand in that form if what was read of the one that
	// was sent were stored: what is only spelled otherwise, 10 for 10.00, is the same.
	Read map[string]string
}

// differences are the stored values that are others than those that were read, by the
// names of their fields; never nil.
func (k Known) differences() map[string]string {
	differing := map[string]string{}
	for name, value := range k.Stored.Values {
		if read, isRead := k.Read[name]; !isRead || read != value {
			differing[name] = value
		}
	}
	return differing
}

// isSaved reports whether a form that came too late asks for what is stored already: it was
// sent twice, or somebody else has saved the same.
func (f *Form) isSaved(known Known) bool {
	version := f.Version()
	return f.stale && version > anyVersion && version < known.Stored.Version && maps.Equal(known.Read, known.Stored.Values)
}

// Saving is how the form of a row that was sent is answered.
type Saving struct {
	Form *Form
	// Save writes what was read of the form, and returns the address that leads on: that of
	// a row that is known with an error as well. It is not called while something is wrong
	// in the form.
	Save func(context.Context) (location string, err error)
	// Known returns the row that was to be changed; nil where the form makes one.
	Known func(context.Context) (Known, error)
	// Show shows the form again.
	Show func(c *fiber.Ctx, status int, edit ui.Edit) error
	// Saved is the catalog key of what is said once it is done.
	Saved string
}

// Save answers the form of a row, new or known: it is saved, or shown again with what is
// wrong with it, or beside what is stored by now. A form that is sent twice is answered
// the second time as the first.
func (w *Web) Save(c *fiber.Ctx, saving Saving) error {
	ctx, form, location := c.UserContext(), saving.Form, ""
	if form.Err() == nil {
		var err error
		if location, err = saving.Save(ctx); err == nil {
			return w.Done(c, saving.Saved, location)
		}
		if !form.RejectFault(err) {
			return err
		}
	}
	var known Known
	if saving.Known != nil {
		var err error
		if known, err = saving.Known(ctx); err != nil {
			return err
		}
	}
	if form.isSaved(known) {
		return w.Done(c, saving.Saved, location)
	}
	return saving.Show(c, form.Status(), form.Edit(known))
}
