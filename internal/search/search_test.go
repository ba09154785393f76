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
