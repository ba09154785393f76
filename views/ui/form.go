package ui

import (
	"context"
	"sort"
	"strings"

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

// wrongIn sorts what is wrong: whole are the hidden fields, whose words are of the form as
// a whole, and fields those that a person can go to.
func wrongIn(errors map[string]string) (whole, fields []string) {
	for _, name := range sortedNames(errors) {
		if isHidden(name) {
			whole = append(whole, name)
		} else {
			fields = append(fields, name)
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
