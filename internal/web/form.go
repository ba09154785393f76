package web

import (
	"bytes"
	"maps"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/address"
	"frontdesk/internal/fault"
	"frontdesk/internal/submission"
)

// maxFields is more than any form of ours has (hazard 75).
const maxFields = 300

// Form reads a posted form field by field and remembers what is wrong with each,
// so that the person hears of everything at once.
type Form struct {
	values map[string]string
	many   map[string][]string
	errors map[string]string
	// used is true once the form's key is known to have come with other content, stale
	// once the row is known to have moved on.
	used, stale bool
}

// The fields that every form of ours has beside its own.
const (
	csrfField = "_csrf"
	keyField  = "_idempotency_key"
)

// CheckBody refuses a body that is no form, or that is beyond any form of ours. The
// guard asks it of every write, so that no handler reads what was never judged.
func CheckBody(c *fiber.Ctx) error {
	body := c.Request().Body()
	contentType, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if len(body) > 0 && !strings.EqualFold(strings.TrimSpace(contentType), fiber.MIMEApplicationForm) {
		return fault.New(fault.WrongType, "")
	}
	// Counted before they are read: of 500,000 empty ones each takes 70 bytes (hazard 102).
	if bytes.Count(body, []byte("&")) >= maxFields {
		return fault.New(fault.Malformed, "error.too_many_fields")
	}
	return nil
}

// ReadForm reads the body of a POST. Wrong in itself (no form, too many fields)
// is a fault; wrong in a field shows in Err.
func ReadForm(c *fiber.Ctx) (*Form, error) {
	if err := CheckBody(c); err != nil {
		return nil, err
	}
	form := NewForm()
	for key, value := range c.Request().PostArgs().All() {
		form.add(string(key), string(value))
	}
	return form, nil
}

// NewForm returns a form with nothing in it, for a page that shows one first.
func NewForm() *Form {
	return &Form{values: map[string]string{}, many: map[string][]string{}, errors: map[string]string{}}
}

// add keeps the first value of a field. Text that Postgres could not keep is an
// error of the field (hazard 33).
func (f *Form) add(name, value string) {
	if !utf8.ValidString(value) || hasNUL(value) {
		f.errors[name] = "field.characters"
		value = strings.ReplaceAll(strings.ToValidUTF8(value, ""), "\x00", "")
	}
	if _, repeated := f.values[name]; !repeated {
		f.values[name] = value
	}
	f.many[name] = append(f.many[name], value)
}

func hasNUL(text string) bool { return strings.ContainsRune(text, 0) }

// Set puts a value in, for a form that shows what is stored.
func (f *Form) Set(name, value string) { f.values[name] = value }

// Value returns what was typed, as it was typed. A field that stands twice is wrong:
// which of the two was meant, another reader of the form may see otherwise.
func (f *Form) Value(name string) string {
	if len(f.many[name]) > 1 {
		f.Reject(name, "field.repeated")
	}
	return f.values[name]
}

// Values returns every value of a field that may stand several times.
func (f *Form) Values(name string) []string { return f.many[name] }

// Has reports whether the field was sent at all, as a ticked box is.
func (f *Form) Has(name string) bool { _, sent := f.values[name]; return sent }

// Error returns the catalog key of what is wrong with the field, or "".
func (f *Form) Error(name string) string { return f.errors[name] }

// Errors returns the catalog key for each field that is wrong.
func (f *Form) Errors() map[string]string { return f.errors }

// Reject says what is wrong with a field; the first word about it stands.
func (f *Form) Reject(name, message string) {
	if f.errors[name] == "" {
		f.errors[name] = message
	}
}

// MoveError says under another name what is wrong with a field: of several that are shown
// as one, such as the hours of a day.
func (f *Form) MoveError(from, to string) {
	if message := f.errors[from]; message != "" {
		delete(f.errors, from)
		f.Reject(to, message)
	}
}

// Err returns a fault.Invalid with every field that is wrong, or nil.
func (f *Form) Err() error {
	if len(f.errors) == 0 {
		return nil
	}
	return fault.InvalidFields(f.errors)
}

// RejectFault takes over what a deeper room has against the form, so that it is shown
// again with all that was typed; Status says with which status, and Edit beside what.
// It reports whether err was such a thing: a fault.Invalid or fault.Conflict with messages for
// fields, a fault.Stale, or a fault.Used, for which the form gets a new key: sent once more it
// makes another thing, knowingly. A fault.Invalid that names no field, such as a check of
// the schema that no reader foresaw, is nothing that a field can say, and stays the
// caller's error.
func (f *Form) RejectFault(err error) bool {
	switch fault.KindOf(err) {
	case fault.Stale:
		f.stale = true
		return true
	case fault.Used:
		f.used = true
		f.Set(keyField, NewKey())
		f.Reject(keyField, describe(err).message)
		return true
	case fault.Invalid, fault.Conflict:
		fields := fault.FieldsOf(err)
		for name, message := range fields {
			f.Reject(name, message)
		}
		return len(fields) > 0
	}
	return false
}

// Status is that of a form that is shown again: 409 when its key came before with other
// content or may have, or the row has moved on, 422 when something in it is wrong.
func (f *Form) Status() int {
	if f.used || f.stale {
		return fiber.StatusConflict
	}
	return fiber.StatusUnprocessableEntity
}

// Text reads one line without the space around it: at most most characters.
func (f *Form) Text(name string, most int) string {
	return f.text(name, strings.TrimSpace(f.Value(name)), most)
}

// Copied is Text of which nothing counts that does not show, wherever it stands: a number
// that is copied from a telephone's list of people brings marks of direction along, and no
// number needs one (hazard 115).
func (f *Form) Copied(name string, most int) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, f.Value(name))
	return f.text(name, strings.TrimSpace(seen), most)
}

func (f *Form) text(name, value string, most int) string {
	switch {
	case strings.ContainsAny(value, "\r\n"):
		f.Reject(name, "field.one_line")
	case strings.ContainsFunc(value, misleads):
		f.Reject(name, "field.characters")
	}
	return f.bounded(name, value, most)
}

// RequiredText is Text in which there must be something to see.
func (f *Form) RequiredText(name string, most int) string {
	value := f.Text(name, most)
	if !strings.ContainsFunc(value, isSeen) {
		f.Reject(name, "field.required")
	}
	return value
}

// Lines reads text of several lines; line ends become \n. Text in which there is
// nothing to see is empty.
func (f *Form) Lines(name string, most int) string {
	value := strings.TrimSpace(strings.ReplaceAll(f.Value(name), "\r\n", "\n"))
	if !strings.ContainsFunc(value, isSeen) {
		value = ""
	}
	return f.bounded(name, value, most)
}

func (f *Form) bounded(name, value string, most int) string {
	if utf8.RuneCountInString(value) > most {
		f.Reject(name, "field.too_long")
	}
	return value
}

// maxEmail is every such column's, in characters.
const maxEmail = 254

// Email reads an address in its one form; empty is allowed. What stands around it and does
// not show came along when it was copied.
func (f *Form) Email(name string) string {
	typed := f.text(name, strings.TrimFunc(f.Value(name), isUnseen), maxEmail)
	// Measured again in the form that is kept, which may be the longer one.
	value := f.bounded(name, address.Canonical(typed), maxEmail)
	if value == "" {
		return ""
	}
	parsed, err := mail.ParseAddress(value)
	if err != nil || strings.ContainsFunc(typed, isUnseen) || parsed.Address != value || !strings.Contains(value[strings.LastIndex(value, "@"):], ".") {
		f.Reject(name, "field.email")
	}
	return value
}

// RequiredEmail is Email that may not be empty.
func (f *Form) RequiredEmail(name string) string {
	value := f.Email(name)
	if value == "" {
		f.Reject(name, "field.required")
	}
	return value
}

// Int reads a whole number between least and most; empty gives otherwise.
func (f *Form) Int(name string, least, most, otherwise int) int {
	value := strings.TrimSpace(f.Value(name))
	if value == "" {
		return otherwise
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < least || number > most {
		f.Reject(name, "field.number_range")
		return otherwise
	}
	return number
}

// The versions that a form may not have seen: none was said, and none that a row can
// have, since the first is 1.
const (
	anyVersion = 0
	noVersion  = -1
)

// Version returns which version of a row the form was filled in for. Without the field
// it is 0: a form that replaces a row takes that for a version that no row has, and a
// deed (a cancellation, a change of role) for the newest. Something that is no version
// is one that no row has, for both, and so answered with what is stored by now: the
// field is hidden, and no message at it could be seen.
func (f *Form) Version() int32 {
	sent := f.many[versionField]
	if len(sent) == 0 {
		return anyVersion
	}
	version, err := strconv.ParseInt(sent[0], 10, 32)
	if err != nil || version < 1 || len(sent) > 1 {
		return noVersion
	}
	return int32(version)
}

const versionField = "version"

// ID reads the id of a row that must be chosen.
func (f *Form) ID(name string) uuid.UUID {
	value := strings.TrimSpace(f.Value(name))
	if value == "" {
		f.Reject(name, "field.choose")
		return uuid.Nil
	}
	id, err := parseID(value)
	if err != nil {
		f.Reject(name, "field.choose")
	}
	return id
}

// Date reads YYYY-MM-DD as midnight UTC; empty is the zero time.
func (f *Form) Date(name string) time.Time {
	value := strings.TrimSpace(f.Value(name))
	if value == "" {
		return time.Time{}
	}
	date, err := time.Parse(time.DateOnly, value)
	if err != nil {
		f.Reject(name, "field.date")
	}
	return date
}

// OneOf reads a choice; empty gives the first.
func (f *Form) OneOf(name string, choices ...string) string {
	value := strings.TrimSpace(f.Value(name))
	if value == "" {
		return choices[0]
	}
	for _, choice := range choices {
		if value == choice {
			return choice
		}
	}
	f.Reject(name, "field.choose")
	return choices[0]
}

// Key returns what the form is known again by, when it is sent twice; one without a key
// has the zero Key, which creates each time. A key that is no UUID is an error of the
// whole form. The fields are taken as they were sent, the CSRF token aside: another page
// of the same person has another one.
func (f *Form) Key() (submission.Key, error) {
	value := f.Value(keyField)
	if value == "" {
		return submission.Key{}, nil
	}
	id, err := parseID(value)
	if err != nil {
		return submission.Key{}, fault.New(fault.Malformed, "error.idempotency_key")
	}
	fields := maps.Clone(f.many)
	delete(fields, csrfField)
	delete(fields, keyField)
	return submission.New(id, fields), nil
}

// NewKey returns an idempotency key for a form that is about to be shown.
func NewKey() string { return submission.NewID().String() }

// parseID takes the one usual spelling: the library reads several others, such as
// urn:uuid: and braces.
func parseID(text string) (uuid.UUID, error) {
	if len(text) != 36 {
		return uuid.Nil, fault.New(fault.NotFound, "")
	}
	return uuid.Parse(text)
}

// ID reads the id in the route's parameter. One that is malformed is as unknown
// as any other: fault.NotFound.
func ID(c *fiber.Ctx, parameter string) (uuid.UUID, error) {
	id, err := parseID(c.Params(parameter))
	if err != nil {
		return uuid.Nil, fault.Wrap(fault.NotFound, "", err)
	}
	return id, nil
}

// QueryID reads an id from the query string: uuid.Nil when absent, and
// fault.NotFound when malformed.
func QueryID(c *fiber.Ctx, name string) (uuid.UUID, error) {
	value := c.Query(name)
	if value == "" {
		return uuid.Nil, nil
	}
	id, err := parseID(value)
	if err != nil {
		return uuid.Nil, fault.Wrap(fault.NotFound, "", err)
	}
	return id, nil
}

// QueryText reads one line from the query string, at most most characters of it,
// without what Postgres could not take.
func QueryText(c *fiber.Ctx, name string, most int) string {
	return Line(c.Query(name), most)
}

// Line returns at most most characters of a text without the space around it, and without
// what Postgres could not take: for what is looked for and not kept.
func Line(text string, most int) string {
	value := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", ""))
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most])
	}
	return value
}
