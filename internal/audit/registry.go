package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Registry is every noun that the logs may speak of. It is made once, by the wiring,
// and only read from then on.
type Registry struct {
	nouns []Noun
	// byKind and byAction find the noun of a target, and that of what was done.
	byKind   map[string]*Noun
	byAction map[Action]*Noun
}

// NewRegistry puts the nouns together with this room's own. It fails on what nobody
// could read or tell apart: a kind or an action that is declared twice or is of no form,
// an icon that is not there, words that a catalog lacks.
func NewRegistry(nouns ...Noun) (*Registry, error) {
	r := &Registry{nouns: append(nouns, own), byKind: map[string]*Noun{}, byAction: map[Action]*Noun{}}
	var failures []error
	for i := range r.nouns {
		failures = append(failures, r.add(&r.nouns[i])...)
	}
	return r, errors.Join(failures...)
}

func (r *Registry) add(noun *Noun) (failures []error) {
	fail := func(format string, about ...any) {
		failures = append(failures, fmt.Errorf("audit: %s: "+format, append([]any{noun.Kind}, about...)...))
	}
	if r.byKind[noun.Kind] != nil {
		fail("this kind is declared twice")
	}
	r.byKind[noun.Kind] = noun
	if !ui.HasIcon(noun.Icon) {
		fail("no icon is called %q", noun.Icon)
	}
	for _, action := range noun.Actions() {
		switch {
		case r.byAction[action] != nil:
			fail("%s is declared twice", action)
		case !actionForm.MatchString(string(action)) || !strings.HasPrefix(string(action), noun.Kind+"_"):
			fail("the action %q is not the kind, an underscore and a verb", action)
		}
		r.byAction[action] = noun
		for _, language := range without("audit.action_" + string(action)) {
			fail("%s has no sentence in %s", action, language)
		}
	}
	for field, word := range noun.Words {
		for _, language := range without(word.Label) {
			fail("the field %s has no words in %s (%q)", field, language, word.Label)
		}
		failures = append(failures, noun.checkValues(field, word.Values)...)
	}
	return failures
}

// checkValues fails where the values of a field are read by words that no catalog has.
func (n *Noun) checkValues(field, beginning string) (failures []error) {
	if beginning == "" {
		return nil
	}
	for _, language := range []string{locale.English, locale.Romanian} {
		if !locale.New(language, nil, "", nil).HasAny(beginning) {
			failures = append(failures, fmt.Errorf("audit: %s: no value of the field %s has words in %s (%q)", n.Kind, field, language, beginning))
		}
	}
	return failures
}

// without are the languages whose catalog lacks the key.
func without(key string) (languages []string) {
	for _, language := range []string{locale.English, locale.Romanian} {
		if !locale.New(language, nil, "", nil).Has(key) {
			languages = append(languages, language)
		}
	}
	return languages
}

// CheckPages fails on a noun whose page is not among these routes, which are addresses
// that answer GET.
func (r *Registry) CheckPages(routes []string) error {
	var failures []error
	for _, noun := range r.nouns {
		for _, page := range []string{noun.Page, noun.ConsolePage} {
			if page != "" && (!slices.Contains(routes, page) || !strings.HasSuffix(page, "/"+pageID)) {
				failures = append(failures, fmt.Errorf("audit: %s: no route shows one by its id at %q", noun.Kind, page))
			}
		}
	}
	return errors.Join(failures...)
}

// pageID is the part of a page's route that stands for the row's id.
const pageID = ":id"

// Nouns are all that either log may speak of.
func (r *Registry) Nouns() []Noun { return slices.Clone(r.nouns) }

// offered are the actions that a log's filter offers.
func (r *Registry) offered(platform bool) (names []string) {
	for _, noun := range r.nouns {
		of := noun.Clinic
		if platform {
			of = noun.Platform
		}
		for _, action := range slices.Concat(of, noun.Both) {
			names = append(names, string(action))
		}
	}
	return names
}

// icon is the drawing of an action. One that no noun declares, of a program before or
// after this one, has a drawing of its own.
func (r *Registry) icon(action string) string {
	if noun := r.byAction[Action(action)]; noun != nil {
		return noun.Icon
	}
	return "activity"
}

// page is where a target is shown to who reads the log, or "".
func (r *Registry) page(platform bool, kind, id string) string {
	noun := r.byKind[kind]
	if noun == nil || id == "" {
		return ""
	}
	page := noun.Page
	if platform {
		page = noun.ConsolePage
	}
	if page == "" {
		return ""
	}
	return strings.TrimSuffix(page, pageID) + id
}

// word is what the noun of an action says of a field.
func (r *Registry) word(action, field string) Word {
	if noun := r.byAction[Action(action)]; noun != nil {
		return noun.Words[field]
	}
	return Word{}
}
