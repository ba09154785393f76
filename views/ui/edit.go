package ui

import (
	"context"

	"github.com/google/uuid"

	"frontdesk/internal/locale"
)

// Edit is what the form of every row has beside the meaning of its fields: which row,
// which version of it the person looks at, what stands in the fields, and what is wrong.
// web.NewEdit and web.Form.Edit make one; an EditForm shows it.
type Edit struct {
	// ID is uuid.Nil for a row that is not there yet.
	ID uuid.UUID
	// Version is that of the row that exists.
	Version int32
	// Key makes two submits of a new row one.
	Key string
	// Values are what stands in the fields, by their names.
	Values map[string]string
	// Errors holds a catalog key for each field that is wrong.
	Errors map[string]string
	// Stored is what is stored by now in the fields where that means something else than
	// what was typed, by their names and as a field would show it; nil while the row has not
	// moved on.
	Stored map[string]string
}

// IsNew reports whether the row is not there yet.
func (e Edit) IsNew() bool { return e.ID == uuid.Nil }

// Address is where the form posts to, below the list's address, and where leaving it
// leads.
func (e Edit) Address(path string) string {
	if e.IsNew() {
		return path
	}
	return path + "/" + e.ID.String()
}

// EditFormOptions describes the form of a row.
type EditFormOptions struct {
	Edit Edit
	// ID is the element's.
	ID string
	// Path is the list's address: a new row is posted there, one that exists below it.
	Path string
	// Add is the main button's label where the row is new.
	Add string
	// CancelHref leads away without saving: to where the form posts, otherwise.
	CancelHref string
}

func (o EditFormOptions) action() string { return o.Edit.Address(o.Path) }

func (o EditFormOptions) cancelHref() string {
	if o.CancelHref != "" {
		return o.CancelHref
	}
	return o.action()
}

// message says that the row has moved on.
func (o EditFormOptions) message(l *locale.Locale) string {
	if o.Edit.Stored == nil {
		return ""
	}
	return l.T("ui.stale")
}

func (o EditFormOptions) submit(l *locale.Locale) string {
	switch {
	case o.Edit.Stored != nil:
		return l.T("ui.save_mine")
	case o.Edit.IsNew():
		return o.Add
	}
	return l.T("ui.save")
}

type editKey struct{}

// withEdit lets the fields of a form find what stands in them by their own name.
func withEdit(ctx context.Context, edit Edit) context.Context {
	return context.WithValue(ctx, editKey{}, edit)
}

// editOf returns the form of a row that a field stands in, if it stands in one.
func editOf(ctx context.Context) (Edit, bool) {
	edit, ok := ctx.Value(editKey{}).(Edit)
	return edit, ok
}

// valueFor is what stands in a field: its own value, or the form's.
func valueFor(ctx context.Context, name, own string) string {
	if own != "" {
		return own
	}
	edit, _ := editOf(ctx)
	return edit.Values[name]
}

// autocompleteFor is "off" in the form of a row, unless said: what is typed there is of
// somebody else than whom the browser knows.
func autocompleteFor(ctx context.Context, own string) string {
	if _, inside := editOf(ctx); inside && own == "" {
		return "off"
	}
	return own
}

// hint is the words below a field.
type hint struct {
	text string
	// stored is true where they say what somebody else has saved, which is to be seen.
	stored bool
}

// hintFor says what is stored in a field by now, where that is not what was typed;
// otherwise it is the field's own hint. label says a value as the field shows it.
func hintFor(ctx context.Context, name, own string, label func(string) string) hint {
	edit, _ := editOf(ctx)
	stored, known := edit.Stored[name]
	typed, isTyped := edit.Values[name]
	switch {
	case !known || isTyped && stored == typed:
		return hint{text: own}
	case stored == "":
		return hint{locale.From(ctx).T("ui.stored_empty"), true}
	}
	return hint{locale.From(ctx).T("ui.stored", "value", label(stored)), true}
}

// asTyped is how a field shows a value that has no other words.
func asTyped(value string) string { return value }

// takesFocus reports whether a field that asks for the focus gets it: where something
// is wrong, the summary has it.
func takesFocus(ctx context.Context, wanted bool) bool {
	edit, _ := editOf(ctx)
	return wanted && len(errorsOf(ctx)) == 0 && edit.Stored == nil
}
