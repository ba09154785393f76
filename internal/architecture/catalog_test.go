package architecture

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/internal/booking"
	"frontdesk/internal/lifecycle"
	views "frontdesk/views/appointment"
	"frontdesk/views/ui"
)

// families are the keys of the message catalogs that the program makes of parts, by
// the pattern that stands in its text: * is what it fills in. Each names all the
// values that can come there, which are read from where the program has them as far
// as there is such a place; a key of a family that is in no catalog, and one in the
// catalogs that neither a family nor a literal makes, is a mistake.
func families(t *testing.T) map[string][]string {
	weekdays := []string{"1", "2", "3", "4", "5", "6", "7"}
	ways := []string{"ago", "ahead"}
	shutOut := texts(without(lifecycle.States(), lifecycle.Active))
	ofTenants := texts(lifecycle.Transitions())
	transitions := constants(t, "internal/lifecycle", "Transition", "")
	roles := constants(t, "internal/actor", "Role", "")
	mailboxStates := constants(t, "internal/mailbox", "State", "")
	jobStates := []string{"available", "cancelled", "completed", "discarded", "pending", "retryable", "running", "scheduled"} // rivertype.JobStates
	servers := []string{"imap", "smtp"}
	return map[string][]string{
		"account.*":               without(constants(t, "views/layout", "AccountPage", ""), "second-factor"),
		"appointment.record_*":    nextStatuses(),
		"appointment.status_*":    booking.Statuses,
		"appointment.view_*":      views.Views,
		"audit.action_*":          constants(t, "internal", "Action", ""),
		"audit.direction_*":       allowed(t, "direction"),
		"audit.factor_*":          {"app"},
		"audit.revoked_*":         allowed(t, "revoked_reason"),
		"client.status_*":         without(booking.Statuses, booking.Booked),
		"color.*":                 ui.Colors,
		"conversation.defect.*":   append(constants(t, "internal/mail", "Broken", ""), constants(t, "internal/conversation", "", "defect")...),
		"conversation.delivery_*": constants(t, "internal/conversation", "", "delivery"),
		"conversation.obstacle_*": {"automatic", "mailbox_inactive", "no_address"},
		"conversation.reason.*":   append(constants(t, "internal/conversation", "", "reason"), codes(t, "internal/conversation", "mail")...),
		"dashboard.setup_*":       {"client", "mailbox", "provider", "service"},
		"error.*":                 constants(t, "internal/fault", "Kind", ""),
		"invite.email_*":          shutOut,
		"invite.mail_*":           {"failed", "not_configured", "refused", "setup", "timeout", "unreachable"},
		"invite.person_*":         shutOut,
		"invite.state_*":          {"accepted", "expired", "open", "replaced", "revoked"},
		"invite.tenant_*":         shutOut,
		"job.is_*":                without(jobStates, "retryable", "scheduled"), // those may be retried and cancelled
		"job.state_*":             jobStates,
		"mailbox.*_host":          servers,
		"mailbox.*_port":          servers,
		"mailbox.*_security":      servers,
		"mailbox.reason.*":        append(constants(t, "internal/mailbox", "", "reason"), codes(t, "internal/mailbox", "imap")...),
		"mailbox.state_*":         mailboxStates,
		"mailbox.state_*_text":    mailboxStates,
		"membership.is_*":         roles,
		"nav.*":                   constants(t, "views/layout", "Section", ""),
		"provider.day_*":          weekdays,
		"provider.day_short_*":    weekdays,
		"provider.hours_*_*":      pairs([]string{"overlapped", "reversed", "unreadable"}, weekdays),
		"role.*":                  append(slices.Clone(roles), "support"),
		"status.*":                append(texts(lifecycle.States()), "disabled", "revoked"), // a membership's
		"support.span_*":          {"1", "4", "24", "72", "168"},
		"support.state_*":         {"ended", "expired", "open"},
		"theme.*":                 constants(t, "views/layout", "Theme", ""),
		"time.days_*":             ways,
		"time.hours_*":            ways,
		"time.minutes_*":          ways,
		"transition.*":            transitions,
		"transition.*_*":          append(pairs([]string{"tenant"}, ofTenants), pairs([]string{"user"}, transitions)...),
		"transition.*_done":       transitions,
		"transition.tenant_*":     ofTenants,
		"transition.user_*":       transitions,
		"ui.sorted_*":             {"ascending", "descending"},
		"user.role_*":             append(slices.Clone(roles), "none", "super_admin"),
	}
}

func TestEveryKeyOfTheCatalogsIsSaidAndEveryKeyThatIsSaidIsThere(t *testing.T) {
	t.Parallel()
	text := textOfProgram(t)
	declared := families(t)
	for _, language := range []string{"en", "ro"} {
		catalog := catalogKeys(t, language)
		said := text.said(catalog)
		made := map[string]string{}
		for pattern, values := range declared {
			if len(said.patterns[pattern]) == 0 {
				t.Errorf("nobody makes keys of %q any more: take it off the list", pattern)
			}
			for _, key := range filled(pattern, values) {
				made[key] = pattern
			}
		}
		for pattern, at := range said.patterns {
			if declared[pattern] == nil {
				t.Errorf("%s makes keys of %q: say in families which", at[0], pattern)
			}
		}
		for key, at := range said.keys {
			if !catalog[key] {
				t.Errorf("%s says %q, which is not in %s", at[0], key, language)
			}
		}
		for key, pattern := range made {
			if !catalog[key] {
				t.Errorf("%s, of the family %q, is not in %s", key, pattern, language)
			}
		}
		for key := range catalog {
			if made[key] == "" && len(said.keys[key]) == 0 {
				t.Errorf("%s is in %s and nobody says it", key, language)
			}
		}
	}
}

// programText is what the program's text says in string literals, templates
// included, by where.
type programText struct {
	// literals are whole ones; parted are those with * for what is filled in.
	literals, parted map[string][]string
	// asked are those that are given to who takes a key, whatever they look like.
	asked map[string][]string
}

// keyArguments are the calls that take a key, by the argument that is one.
var keyArguments = map[string]int{"T": 0, "Reject": 1, "fault.New": 1, "fault.Wrap": 1}

// sayings are keys, and patterns of keys, by where they stand.
type sayings struct{ keys, patterns map[string][]string }

var (
	keyForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)
	verb    = regexp.MustCompile(`%[a-z]`)
)

// said are the literals that are keys: those that look like one and begin with a
// noun that the catalog has.
func (p programText) said(catalog map[string]bool) sayings {
	nouns := map[string]bool{}
	for key := range catalog {
		noun, _, _ := strings.Cut(key, ".")
		nouns[noun] = true
	}
	found := sayings{maps.Clone(p.asked), map[string][]string{}}
	for literal, at := range p.literals {
		if noun, _, _ := strings.Cut(literal, "."); nouns[noun] && keyForm.MatchString(literal) {
			found.keys[literal] = at
		}
	}
	for pattern, at := range p.parted {
		whole := keyForm.MatchString(strings.ReplaceAll(pattern, "*", "x"))
		if noun, _, _ := strings.Cut(pattern, "."); nouns[noun] && whole {
			found.patterns[pattern] = at
		}
	}
	return found
}

// textOfProgram reads what the program is built from, what templ made of the
// templates included.
func textOfProgram(t *testing.T) programText {
	t.Helper()
	read := programText{map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for _, file := range parsed(t, "cmd", "internal", "views") {
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CallExpr:
				if key, is := keyArgument(node); is && key != "" {
					read.asked[key] = append(read.asked[key], file.at(node))
				}
				// What is taken off a key, or measured, makes none.
				switch selected(node.Fun) {
				case "strings.TrimPrefix":
					return false
				case "fmt.Sprintf":
					if format, is := literal(node.Args[0]); is {
						read.note(verb.ReplaceAllString(format, "*"), file.at(node))
						return true
					}
				}
				if name, is := node.Fun.(*ast.Ident); is && name.Name == "len" {
					return false
				}
			case *ast.BinaryExpr:
				if pattern, is := joined(node); is {
					read.note(pattern, file.at(node))
					return false
				}
			case *ast.BasicLit:
				if value, is := literal(node); is {
					// One that ends so begins a key wherever it is completed.
					if strings.HasSuffix(value, ".") || strings.HasSuffix(value, "_") {
						value += "*"
					}
					read.note(value, file.at(node))
				}
			}
			return true
		})
	}
	return read
}

// keyArgument is the key that a call is given as a whole.
func keyArgument(call *ast.CallExpr) (key string, is bool) {
	selector, is := call.Fun.(*ast.SelectorExpr)
	if !is {
		return "", false
	}
	for _, name := range []string{selector.Sel.Name, selected(selector)} {
		if at, takes := keyArguments[name]; takes && at < len(call.Args) {
			return literal(call.Args[at])
		}
	}
	return "", false
}

func (p programText) note(value, at string) {
	if strings.Contains(value, "*") {
		p.parted[value] = append(p.parted[value], at)
	} else {
		p.literals[value] = append(p.literals[value], at)
	}
}

// joined is a sum that begins with a literal, with * for what is none.
func joined(sum *ast.BinaryExpr) (pattern string, is bool) {
	if sum.Op != token.ADD {
		return "", false
	}
	if inner, nested := sum.X.(*ast.BinaryExpr); nested {
		pattern, is = joined(inner)
	} else {
		pattern, is = literal(sum.X)
	}
	if !is {
		return "", false
	}
	if last, whole := literal(sum.Y); whole {
		return pattern + last, true
	}
	return strings.TrimSuffix(pattern, "*") + "*", true
}

func literal(expression ast.Expr) (string, bool) {
	basic, is := expression.(*ast.BasicLit)
	if !is || basic.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(basic.Value)
	return value, err == nil
}

type sourceFile struct {
	set    *token.FileSet
	syntax *ast.File
}

func (f sourceFile) at(node ast.Node) string {
	return strings.TrimPrefix(f.set.Position(node.Pos()).String(), "../../")
}

func parsed(t *testing.T, folders ...string) (read []sourceFile) {
	t.Helper()
	for _, folder := range folders {
		for path, text := range files(t, "../../"+folder, ".go") {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/internal/db/") {
				continue
			}
			set := token.NewFileSet()
			syntax, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, sourceFile{set, syntax})
		}
	}
	if len(read) == 0 {
		t.Fatalf("nothing is found in %v", folders)
	}
	return read
}

// constants are the texts of the string constants in a folder that are of the type,
// or whose names begin so.
func constants(t *testing.T, folder, of, beginning string) (values []string) {
	t.Helper()
	for _, file := range parsed(t, folder) {
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is {
				return true
			}
			named := beginning != "" && strings.HasPrefix(spec.Names[0].Name, beginning)
			if len(spec.Values) == 1 && (named || of != "" && typeName(spec.Type) == of) {
				if value, whole := literal(spec.Values[0]); whole {
					values = append(values, value)
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Errorf("%s has no constants of %s%s", folder, of, beginning)
	}
	return values
}

func typeName(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	}
	return ""
}

// codes are the texts that a table of the folder gives to errors of a room below,
// as {imap.ErrTimeout, "timeout"} or mail.ErrTimeout: "timeout".
func codes(t *testing.T, folder, room string) (values []string) {
	t.Helper()
	isError := func(expression ast.Expr) bool { return strings.HasPrefix(selected(expression), room+".Err") }
	for _, file := range parsed(t, folder) {
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			var code ast.Expr
			switch node := node.(type) {
			case *ast.KeyValueExpr:
				if isError(node.Key) {
					code = node.Value
				}
			case *ast.CompositeLit:
				if len(node.Elts) == 2 && isError(node.Elts[0]) {
					code = node.Elts[1]
				}
			}
			if value, is := literal(code); code != nil && is {
				values = append(values, value)
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Errorf("%s has no codes for errors of %s", folder, room)
	}
	return values
}

// allowed are the values that the newest migration which says so allows in a column.
func allowed(t *testing.T, column string) (values []string) {
	t.Helper()
	check := regexp.MustCompile(`check \(` + column + ` in \(([^)]*)\)`)
	migrations := files(t, "../../db/migrations", ".sql")
	for _, path := range slices.Sorted(maps.Keys(migrations)) {
		if found := check.FindStringSubmatch(migrations[path]); found != nil {
			values = nil
			for _, value := range strings.Split(found[1], ",") {
				values = append(values, strings.Trim(value, " '\n"))
			}
		}
	}
	if len(values) == 0 {
		t.Errorf("no migration says what is allowed in %s", column)
	}
	return values
}

func catalogKeys(t *testing.T, language string) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../locale/catalog", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]json.RawMessage
	if err := json.Unmarshal(data, &messages); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for key := range messages {
		keys[key] = true
	}
	return keys
}

// filled puts the values into a pattern; those for two * are joined by a space.
func filled(pattern string, values []string) (keys []string) {
	for _, value := range values {
		key := pattern
		for _, part := range strings.Fields(value) {
			key = strings.Replace(key, "*", part, 1)
		}
		keys = append(keys, key)
	}
	return keys
}

func pairs(first, second []string) (values []string) {
	for _, one := range first {
		for _, other := range second {
			values = append(values, one+" "+other)
		}
	}
	return values
}

func without[T comparable](all []T, some ...T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return slices.Contains(some, one) })
}

func texts[T ~string](values []T) (all []string) {
	for _, value := range values {
		all = append(all, fmt.Sprint(value))
	}
	return all
}

// nextStatuses are all that somebody may be offered to record.
func nextStatuses() []string {
	offered := map[string]bool{}
	for _, status := range booking.Statuses {
		for _, next := range booking.NextStatuses(status) {
			offered[next] = true
		}
	}
	return slices.Sorted(maps.Keys(offered))
}
