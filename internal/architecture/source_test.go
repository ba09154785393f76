package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// writesAppointments finds a statement that does, also one inside another.
var writesAppointments = regexp.MustCompile(`(?is)\b(?:insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|merge\s+into(?:\s+only)?|truncate(?:\s+table)?)\s+(?:public\.)?"?appointments\b`)

// besideTheCore are the queries that write appointments without booking, each with
// its reason.
var besideTheCore = map[string]string{
	"DemoAppointmentInsert": "hundreds of thousands of rows for a load test, which one after the other would take an hour; laid so that none overlaps, and the constraint refuses what does",
}

// queryName is how sqlc is told a query's name.
var queryName = regexp.MustCompile(`(?m)^-- name: (\w+) `)

func TestOnlyTheCoreWritesAppointments(t *testing.T) {
	t.Parallel()
	writers := map[string]bool{}
	for file, text := range files(t, "../../db/queries", ".sql") {
		starts := queryName.FindAllStringSubmatchIndex(text, -1)
		for i, at := range starts {
			end := len(text)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			name := text[at[2]:at[3]]
			if !writesAppointments.MatchString(text[at[0]:end]) {
				continue
			}
			writers[name] = true
			if filepath.Base(file) != "booking.sql" && besideTheCore[name] == "" {
				t.Errorf("%s: %s writes appointments: go through internal/booking", file, name)
			}
		}
	}
	for name := range besideTheCore {
		if !writers[name] {
			t.Errorf("%s writes no appointments any more: take it off the list", name)
		}
	}
	if len(writers) != len(besideTheCore)+2 {
		t.Errorf("the core's own statements are not found: %v", slices.Sorted(maps.Keys(writers)))
	}
	for file, text := range program(t) {
		if room(filepath.ToSlash(filepath.Dir(file))) == "booking" {
			continue
		}
		if writesAppointments.MatchString(text) {
			t.Errorf("%s writes appointments by a statement of its own: go through internal/booking", file)
		}
		for name := range writers {
			if besideTheCore[name] == "" && strings.Contains(text, "."+name+"(") {
				t.Errorf("%s calls %s: go through internal/booking", file, name)
			}
		}
	}
}

func TestNobodyButLocaltimeMapsALocalTime(t *testing.T) {
	t.Parallel()
	for file, text := range program(t) {
		if room(filepath.ToSlash(filepath.Dir(file))) == "localtime" {
			continue
		}
		fileSet := token.NewFileSet()
		parsed, err := parser.ParseFile(fileSet, file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			if call, is := node.(*ast.CallExpr); is && mapsLocalTime(call) {
				t.Errorf("%s maps a local time: of one that clocks skip or repeat localtime knows what to make", fileSet.Position(call.Pos()))
			}
			return true
		})
	}
}

// mapsLocalTime reports a call of time that takes clocks of a zone for an instant.
// Of UTC there is nothing to map.
func mapsLocalTime(call *ast.CallExpr) bool {
	switch selected(call.Fun) {
	case "time.ParseInLocation":
		return true
	case "time.Date":
		return selected(call.Args[len(call.Args)-1]) != "time.UTC"
	}
	return false
}

func selected(expression ast.Expr) string {
	selector, is := expression.(*ast.SelectorExpr)
	if !is {
		return ""
	}
	from, is := selector.X.(*ast.Ident)
	if !is {
		return ""
	}
	return from.Name + "." + selector.Sel.Name
}

// saysNothing is a comment that repeats what the code beneath it says.
var saysNothing = regexp.MustCompile(`(?m)^\s*// \w+ (?:implements [\w.]+|does it|does so|does the job)\.$`)

func TestACommentSaysMoreThanTheCodeBeneathIt(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{".go", ".templ"} {
		for _, folder := range []string{"cmd", "internal", "views", "db"} {
			for file, text := range files(t, "../../"+folder, ending) {
				for _, comment := range saysNothing.FindAllString(text, -1) {
					t.Errorf("%s: %q", file, strings.TrimSpace(comment))
				}
			}
		}
	}
}

// program are the sources that the program is built from by hand: path from the
// repository's root, and text.
func program(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range []string{"cmd", "internal", "views"} {
		for path, text := range files(t, "../../"+folder, ".go") {
			generated := strings.HasSuffix(path, "_templ.go") || strings.Contains(path, "/internal/db/")
			if !strings.HasSuffix(path, "_test.go") && !generated {
				found[strings.TrimPrefix(filepath.ToSlash(path), "../../")] = text
			}
		}
	}
	if len(found) < 200 {
		t.Fatalf("only %d sources are found", len(found))
	}
	return found
}

func files(t *testing.T, folder, suffix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
