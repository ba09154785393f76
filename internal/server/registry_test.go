package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/internal/audit"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit/clinic"
)

// recorder is what the program's text says of actions: the constants, by
// "room.Constant", and which of them stand anywhere but in a declaration.
type recorder struct {
	constants map[string]audit.Action
	used      map[string]bool
	// literal are where the text names an action and no constant.
	literal []string
	// fields are those that stand in an audit.Fields.
	fields map[string]bool
}

// readRooms reads the whole program but its tests. Every room is one folder of
// internal, and its package is called like it.
func readRooms(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{constants: map[string]audit.Action{}, used: map[string]bool{}, fields: map[string]bool{}}
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err == nil {
			ast.Walk(visitor{r, files, file.Name.Name}, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// visitor walks the text of one room.
type visitor struct {
	*recorder
	files *token.FileSet
	room  string
}

func (v visitor) Visit(node ast.Node) ast.Visitor {
	switch node := node.(type) {
	case *ast.ValueSpec:
		if isType(node.Type, "Action") {
			v.constants[v.room+"."+node.Names[0].Name] = audit.Action(text(node.Values[0]))
			return nil
		}
	case *ast.CompositeLit:
		if isType(node.Type, "Noun") {
			return nil
		}
		if isType(node.Type, "Fields") {
			for _, element := range node.Elts {
				v.fields[text(element.(*ast.KeyValueExpr).Key)] = true
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := node.Key.(*ast.Ident); ok && key.Name == "Action" && strings.Contains(text(node.Value), "_") {
			v.literal = append(v.literal, v.files.Position(node.Pos()).String())
		}
	case *ast.CallExpr:
		if isType(node.Fun, "Action") && v.room != "audit" {
			v.literal = append(v.literal, v.files.Position(node.Pos()).String())
		}
	case *ast.SelectorExpr:
		if of, ok := node.X.(*ast.Ident); ok {
			v.used[of.Name+"."+node.Sel.Name] = true
		}
	case *ast.Ident:
		v.used[v.room+"."+node.Name] = true
	}
	return v
}

// isType is true for audit.Name, and for Name as that room itself says it.
func isType(expression ast.Expr, name string) bool {
	switch expression := expression.(type) {
	case *ast.SelectorExpr:
		of, ok := expression.X.(*ast.Ident)
		return ok && of.Name == "audit" && expression.Sel.Name == name
	case *ast.Ident:
		return expression.Name == name
	}
	return false
}

func text(expression ast.Expr) string {
	literal, ok := expression.(*ast.BasicLit)
	if !ok {
		return ""
	}
	value, _ := strconv.Unquote(literal.Value)
	return value
}

// declaredActions are all that some noun declares, with that noun's words.
func declaredActions(t *testing.T) map[audit.Action]map[string]audit.Word {
	t.Helper()
	registry, err := server.Logged()
	if err != nil {
		t.Fatal(err)
	}
	words := map[audit.Action]map[string]audit.Word{}
	for _, noun := range registry.Nouns() {
		for _, action := range noun.Actions() {
			words[action] = noun.Words
		}
	}
	return words
}

func TestWhatIsDeclaredIsRecordedAndWhatIsRecordedIsDeclared(t *testing.T) {
	t.Parallel()
	declared, rooms := declaredActions(t), readRooms(t)
	recorded := map[audit.Action]bool{}
	for constant, action := range rooms.constants {
		if _, is := declared[action]; !is {
			t.Errorf("%s (%q) is in no noun's declaration: the log would show it without words, and no filter would offer it", constant, action)
		}
		if rooms.used[constant] {
			recorded[action] = true
		}
	}
	for action := range declared {
		if !recorded[action] {
			t.Errorf("a filter offers %s, and nothing records it", action)
		}
	}
	for field := range rooms.fields {
		named := func(words map[string]audit.Word) bool { return words[field].Label != "" }
		if !slices.ContainsFunc(slices.Collect(maps.Values(declared)), named) {
			t.Errorf("the field %s is recorded, and no noun has words for it", field)
		}
	}
	for _, at := range rooms.literal {
		t.Errorf("%s names an action past its constant", at)
	}
	if len(declared) < 70 || len(rooms.constants) != len(declared) {
		t.Errorf("%d actions are declared, and there are %d constants", len(declared), len(rooms.constants))
	}
}

func TestTheFilterOfEachLogOffersWhatItsNounsDeclare(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, offered := world.Clinic("alfa"), map[string]bool{}
	for path, of := range map[string]struct {
		browser  *clinic.Browser
		has, not string
	}{
		"/settings/audit": {alfa.SignInOwner(), "client_create", "session_create"},
		"/admin/audit":    {world.SuperAdmin(), "session_create", "client_create"},
	} {
		here := map[string]bool{}
		for _, option := range of.browser.Get(path).Find(`select[name="action"] option`).EachIter() {
			here[option.AttrOr("value", "")] = true
		}
		if !here[of.has] || here[of.not] || !here["tenant_suspend"] {
			t.Errorf("%s offers %v", path, here)
		}
		maps.Copy(offered, here)
	}
	for action := range declaredActions(t) {
		if !offered[string(action)] {
			t.Errorf("%s stands in no filter", action)
		}
	}
}
