package ui

import (
	"bytes"
	"context"
	"io"
	"sort"
	"strings"

	"github.com/a-h/templ"

	"frontdesk/internal/locale"
)

// FormOptions describes a form that posts.
type FormOptions struct {
	// Action is the address that the form posts to.
	Action string
	ID     string
	// IdempotencyKey is a UUID made when the form is first shown; forms that
	// create something carry one, and show the same again after an error.
	IdempotencyKey string
	// Errors holds a catalog key for each field that is wrong, by the field's
	// name: the Fields of a fault as they are. The fields inside find theirs.
	Errors map[string]string
	// Message is a translated sentence about the whole form (a conflict).
	Message string
	// Htmx posts by htmx, so that an error (422, 409) shows in the place of the
	// form, in a dialog too; after success the server answers HX-Redirect. Of the
	// answer, which may be the whole page's content, htmx takes the element with
	// this form's ID ("form" when none is given). Without it the form is plain.
	Htmx bool
	// Target is the CSS selector of an element that htmx replaces instead of the
	// form, with the same element of the answer.
	Target string
	// Multipart is for file fields.
	Multipart  bool
	Attributes Attributes
}

func (o FormOptions) encoding() string {
	if o.Multipart {
		return "multipart/form-data"
	}
	return "application/x-www-form-urlencoded"
}

func (o FormOptions) id() string {
	if o.ID == "" && o.Htmx {
		return "form"
	}
	return o.ID
}

func (o FormOptions) htmx() Attributes {
	if !o.Htmx {
		return nil
	}
	// A field that asks on its own, such as a search in the form, has an answer of
	// its own: it must not look for the form in it.
	attributes := Attributes{"hx-post": o.Action, "hx-target": "this", "hx-swap": "outerHTML ignoreTitle:true", "hx-select": "#" + o.id(), "hx-disinherit": "*"}
	if o.Target != "" {
		attributes["hx-target"], attributes["hx-select"] = o.Target, o.Target
	}
	return attributes
}

type errorsKey struct{}

// withErrors lets the fields of a form find their messages by their own name, so
// that a page hands over the fault's fields once.
func withErrors(ctx context.Context, errors map[string]string) context.Context {
	return context.WithValue(ctx, errorsKey{}, errors)
}

func errorsOf(ctx context.Context) map[string]string {
	errors, _ := ctx.Value(errorsKey{}).(map[string]string)
	return errors
}

// errorFor returns a field's message in the person's language, or "".
func errorFor(ctx context.Context, name, own string) string {
	if own != "" {
		return own
	}
	if key := errorsOf(ctx)[name]; key != "" {
		return locale.From(ctx).T(key)
	}
	return ""
}

// isHidden reports whether a field is never seen, so that nothing can lead to it.
func isHidden(name string) bool {
	return name == "version" || strings.HasPrefix(name, "_")
}

// shownField is a field of a form: its name, the id of what a person goes to, and its label,
// "" where the message itself says what it is of.
type shownField struct{ name, id, label string }

// says is a message, with the field that it is of: that a number is too large helps nobody
// who has typed three.
func (f shownField) says(message string) string {
	if f.label == "" {
		return message
	}
	return f.label + ": " + message
}

// shownFields are the fields of a form in the order in which they stand there.
type shownFields struct{ list []shownField }

type shownFieldsKey struct{}

// note tells the form that a field stands in it.
func note(ctx context.Context, field shownField) {
	if shown, ok := ctx.Value(shownFieldsKey{}).(*shownFields); ok {
		shown.list = append(shown.list, field)
	}
}

// summed is the fields of a form, and before them the summary of what is wrong, if anything
// is. They are drawn first: the summary names them, in their order.
func summed(options FormOptions) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		fields := templ.GetChildren(ctx)
		ctx = templ.ClearChildren(ctx)
		if len(options.Errors) == 0 && options.Message == "" {
			return fields.Render(ctx, w)
		}
		var drawn bytes.Buffer
		shown := &shownFields{}
		if err := fields.Render(context.WithValue(ctx, shownFieldsKey{}, shown), &drawn); err != nil {
			return err
		}
		if err := errorSummary(options, shown).Render(ctx, w); err != nil {
			return err
		}
		_, err := drawn.WriteTo(w)
		return err
	})
}

// wrongIn sorts what is wrong: whole are the hidden fields, whose words are of the form as
// a whole, and fields those that a person can go to, in the order of the form; those that no
// component of this room shows come last.
func wrongIn(errors map[string]string, shown *shownFields) (whole []string, fields []shownField) {
	known := map[string]bool{}
	for _, field := range shown.list {
		if errors[field.name] != "" && !known[field.name] {
			fields = append(fields, field)
		}
		known[field.name] = true
	}
	for _, name := range sortedNames(errors) {
		switch {
		case isHidden(name):
			whole = append(whole, name)
		case !known[name]:
			fields = append(fields, shownField{name: name, id: name})
		}
	}
	return whole, fields
}

func sortedNames(errors map[string]string) []string {
	names := make([]string, 0, len(errors))
	for name := range errors {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func orName(id, name string) string {
	if id != "" {
		return id
	}
	return name
}

// FieldSet tells the form that a set of fields of the page's own stands in it here, which
// is found by its name as its id, and whose messages say themselves what they are of.
func FieldSet(ctx context.Context, name string) Attributes {
	note(ctx, shownField{name: name, id: name})
	return Attributes{"id": name}
}

// StoredNowAttributes tie a part of a form to what StoredNow says below it.
func StoredNowAttributes(ctx context.Context, name string) Attributes {
	return describedBy(name, hintFor(ctx, name, "", asTyped).text, "")
}

// describedBy returns the attributes that tie a control to its hint and error.
func describedBy(id, hint, failure string) Attributes {
	attributes := Attributes{}
	described := ""
	if hint != "" {
		described = id + "-hint"
	}
	if failure != "" {
		attributes["aria-invalid"] = "true"
		if described != "" {
			described += " "
		}
		described += id + "-error"
	}
	if described != "" {
		attributes["aria-describedby"] = described
	}
	return attributes
}
