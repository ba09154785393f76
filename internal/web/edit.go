package web

import (
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

// Edit is the form as it was sent, to be shown again. stored is the form of the row as
// it is by now, and the zero Edit where the row is new: when somebody else was faster
// (RejectFault), what they have saved stands beside what was typed, and the form, sent
// again, replaces it knowingly (hazard 72).
func (f *Form) Edit(stored ui.Edit) ui.Edit {
	shown := ui.Edit{ID: stored.ID, Version: f.Version(), Key: f.values[keyField], Values: f.values, Errors: f.errors}
	if f.stale {
		shown.Version, shown.Stored = stored.Version, stored.Values
	}
	return shown
}
