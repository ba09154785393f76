package search_test

import (
	"strings"
	"testing"
	"unicode"

	"frontdesk/internal/search"
	"frontdesk/internal/testkit"
)

func TestTheTextOfAClientFitsItsColumnWhateverTheName(t *testing.T) {
	t.Parallel()
	// One character that becomes eighteen.
	text := search.ClientText(strings.Repeat("ﷺ", 100), strings.Repeat("İ", 100), strings.Repeat("a", 254), "+40722123456")
	if n := len([]rune(text)); n > 700 {
		t.Errorf("%d characters", n)
	}
}

func TestBothWaysToWriteRomanianFoldToTheSameLetters(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"ăâîșțĂÂÎȘȚ", "ăâîşţĂÂÎŞŢ", "a\u0306a\u0302i\u0302s\u0326t\u0326A\u0306A\u0302I\u0302S\u0326T\u0326", "a\u0306a\u0302i\u0302s\u0327t\u0327aaist"} {
		if got := search.Fold(written); got != "aaistaaist" {
			t.Errorf("%q is %q", written, got)
		}
	}
}

// The database folds what it keeps itself, and the program what somebody types: every
// letter of the alphabets that Europe writes in, alone and with marks behind it.
func TestHazard114TheDatabaseFoldsEachLetterAsTheProgramDoes(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).TenantURL)
	for _, block := range [][2]rune{{0x20, 0x7e}, {0xa0, 0x24f}, {0x370, 0x52f}, {0x1e00, 0x1fff}} {
		for letter := block[0]; letter <= block[1]; letter++ {
			if !unicode.In(letter, unicode.Latin, unicode.Greek, unicode.Cyrillic) && letter > 0x7e {
				continue
			}
			for _, text := range []string{string(letter), string(letter) + "\u0327\u0301"} {
				var folded string
				if err := connection.QueryRow(t.Context(), "select folded($1)", text).Scan(&folded); err != nil {
					t.Fatal(err)
				}
				if want := search.Fold(text); folded != want {
					t.Errorf("%q is %q in the database and %q in the program", text, folded, want)
				}
			}
		}
	}
}

// What is no letter, and stands in names all the same.
func TestHazard114TheDatabaseFoldsEachSignAsTheProgramDoes(t *testing.T) {
	t.Parallel()
	connection := testkit.Connect(t, testkit.NewDatabase(t).TenantURL)
	for _, block := range [][2]rune{{0xa0, 0xbf}, {0x2b0, 0x2ff}, {0x2000, 0x206f}, {0xfe50, 0xfe63}, {0xff01, 0xff5e}, {0xfeff, 0xfeff}, {0x61c, 0x61c}, {0x1fbd, 0x1fc1}} {
		for sign := block[0]; sign <= block[1]; sign++ {
			// A line's end is none of a name's, and what is not assigned yet is nothing.
			if sign == 0x2028 || sign == 0x2029 || !unicode.IsPrint(sign) && !unicode.Is(unicode.Cf, sign) && !unicode.IsSpace(sign) {
				continue
			}
			text := "a" + string(sign) + "b"
			var folded string
			if err := connection.QueryRow(t.Context(), "select folded($1)", text).Scan(&folded); err != nil {
				t.Fatal(err)
			}
			if want := search.Fold(text); folded != want {
				t.Errorf("%+q is %+q in the database and %+q in the program", text, folded, want)
			}
		}
	}
}

func TestHazard114ANameIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for stored, queries := range map[string][]string{
		"Gino D’Angelo":     {"d'angelo", "d’angelo", "dʼangelo", "d`angelo", "d´angelo", "D‘ANGELO", "dangelo", "d angelo", "Ｄ＇Ａｎｇｅｌｏ"},
		"Ana-Maria Pop":     {"ana maria", "ana‑maria", "Ana–Maria", "ana−maria", "maria pop", "ana\u00a0maria"},
		"Anamaria Pop":      {"ana maria", "anamaria"},
		"Ștefan Țurcan":     {"stefan", "ştefan", "ţurcan", "s\u0326tefan", "STEFAN TURCAN", "\u202aȘtefan\u202c", "tur\u200bcan", "tur\u00adcan"},
		"Groß":              {"gross", "GROSS", "groß", "GROẞ"},
		"Sørensen Łukasz Đ": {"sorensen", "lukasz", "d", "SØRENSEN"},
		"Σωκράτης":          {"σωκρατησ", "ΣΩΚΡΑΤΗΣ", "Σωκράτης"},
	} {
		text := search.ClientText(stored, "", "", "")
		for _, query := range queries {
			for _, term := range search.Terms(query) {
				if !strings.Contains(text, term) {
					t.Errorf("%q does not find %q, which is kept as %q", query, stored, text)
				}
			}
		}
	}
}

func TestHazard116AnAddressIsFoundInEachOfItsForms(t *testing.T) {
	t.Parallel()
	text := search.ClientText("Ana", "", "ana@xn--mller-kva.de", "")
	for _, query := range []string{"ana@müller.de", "muller", "xn--mller", "müller.de"} {
		for _, term := range search.Terms(query) {
			if !strings.Contains(text, term) {
				t.Errorf("%q is not found in %q", query, text)
			}
		}
	}
}
