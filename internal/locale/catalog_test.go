package locale

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the catalogs sorted, one key per line")

// message is an entry of a catalog: a text, or a text for each plural form.
type message map[string]string

func (m *message) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*m = message{"other": text}
		return nil
	}
	return json.Unmarshal(data, (*map[string]string)(m))
}

func readCatalog(t *testing.T, language string) map[string]message {
	t.Helper()
	data, err := os.ReadFile("catalog/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]message
	if err := json.Unmarshal(data, &messages); err != nil {
		t.Fatalf("%s.json: %v", language, err)
	}
	return messages
}

func encode(t *testing.T, value any) string {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(buffer.String())
}

// sorted writes a catalog as it shall stand: by key, one key per line, plural
// forms in the order one, few, other. Two people's new keys then merge by line.
func sorted(t *testing.T, messages map[string]message) string {
	t.Helper()
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		line := "  " + encode(t, key) + ": "
		if m := messages[key]; len(m) == 1 && m["other"] != "" {
			line += encode(t, m["other"])
		} else {
			line += plural(t, m)
		}
		lines = append(lines, line)
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n"
}

func plural(t *testing.T, m message) string {
	t.Helper()
	var forms []string
	for _, form := range []string{"one", "few", "other"} {
		if text, ok := m[form]; ok {
			forms = append(forms, encode(t, form)+": "+encode(t, text))
		}
	}
	return "{" + strings.Join(forms, ", ") + "}"
}

// Run with -update to sort them.
func TestCatalogsAreSorted(t *testing.T) {
	for _, language := range []string{English, Romanian} {
		path := "catalog/" + language + ".json"
		want := sorted(t, readCatalog(t, language))
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not sorted with one key per line, or names a key twice: run go test ./internal/locale -run Sorted -update", path)
		}
	}
}

var (
	keyForm     = regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+(\.[a-z0-9_]+)*$`)
	placeholder = regexp.MustCompile(`\{\{\.([a-z_]+)\}\}`)
)

func TestBothCatalogsSayTheSame(t *testing.T) {
	t.Parallel()
	en, ro := readCatalog(t, English), readCatalog(t, Romanian)
	for key, message := range en {
		if !keyForm.MatchString(key) {
			t.Errorf("%s is not of the form noun.thing", key)
		}
		other, ok := ro[key]
		if !ok {
			t.Errorf("%s is missing in Romanian", key)
			continue
		}
		if (len(message) > 1) != (len(other) > 1) {
			t.Errorf("%s has a plural in one language only", key)
		}
		if !slices.Equal(placeholders(message["other"]), placeholders(other["other"])) {
			t.Errorf("%s has other placeholders in Romanian", key)
		}
	}
	for key := range ro {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
}

func placeholders(text string) []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestPluralsHaveTheFormsOfTheirLanguage(t *testing.T) {
	t.Parallel()
	for language, forms := range map[string][]string{English: {"one", "other"}, Romanian: {"few", "one", "other"}} {
		for key, message := range readCatalog(t, language) {
			if got := slices.Sorted(maps.Keys(message)); len(got) > 1 && !slices.Equal(got, forms) {
				t.Errorf("%s in %s has the forms %v, want %v", key, language, got, forms)
			}
			for form, text := range message {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s in %s is empty (%s)", key, language, form)
				}
			}
		}
	}
}

// Romanian writes ș and ț with a comma below; the letters with a cedilla look
// alike, break searches and are wrong.
func TestRomanianUsesCommasBelow(t *testing.T) {
	t.Parallel()
	for key, message := range readCatalog(t, Romanian) {
		for _, text := range message {
			if strings.ContainsAny(text, "şŞţŢ") {
				t.Errorf("%s has a letter with a cedilla: %s", key, text)
			}
		}
	}
}

// A sentence speaks to people as to strangers (dumneavoastră). What is no sentence, a button
// or a label, is a command to the program, and said as one (Salvează).
func TestRomanianSentencesAreFormal(t *testing.T) {
	t.Parallel()
	sentence := regexp.MustCompile(`[.?!]$`)
	for key, message := range readCatalog(t, Romanian) {
		for _, text := range message {
			if found := familiar.FindString(text); sentence.MatchString(text) && found != "" {
				t.Errorf("%s is on first-name terms, %q: %s", key, found, text)
			}
		}
	}
}

// familiar are words for somebody whom one knows well: pronouns, verbs of the second person,
// and commands where one begins. (A spelling checker of English knows "ale[g]e" as another word.)
var familiar = regexp.MustCompile(`(?i)(?:^|[^\p{L}-])(?:tu|tău|ta|tale|tăi|ție|îți|te rugăm|vrei|poți|ești|scoți|\p{L}+ezi)(?:[^\p{L}]|$)|` +
	`(?:^|[.?!:;,] |sau |apoi )(?:adaugă|ale[g]e|anulează|apasă|așteaptă|bifează|caută|compară|deschide|fă|încearcă|închide|introdu|lasă|mergi|reîncarcă|revino|salvează|schimbă|scrie|șterge|trimite|verifică)(?:[^\p{L}]|$)`)
