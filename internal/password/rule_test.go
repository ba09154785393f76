package password_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/password"
)

var ana = password.About{Clinic: "Dental Alfa", Name: "Ana Popescu", Email: "a.popescu@alfa.example"}

func TestHazard008APasswordIsKeptExactlyAndBounded(t *testing.T) {
	t.Parallel()
	for typed, wrong := range map[string]string{
		"  două câini și-un șoricel  ":              "",
		strings.Repeat("Ana are mere 7, ", 8):       "",
		strings.Repeat("ș", 11):                     "field.password_short",
		strings.Repeat("Ana are mere 7, ", 8) + "!": "field.password_long",
		"quiet horse\x00 reads":                     "field.characters",
		"quiet horse\xff reads":                     "field.characters",
	} {
		if said := password.Check(typed, ana); said != wrong {
			t.Errorf("%.20q: %q, not %q", typed, said, wrong)
		}
	}
	hasher := password.NewHasher(cheap)
	long := strings.Repeat("Ana are mere 7, ", 8)
	hash, err := hasher.Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{long[:127], long[:72], strings.TrimSpace(long), strings.ToLower(long), long + " "} {
		if matches, err := hasher.Matches(t.Context(), other, hash); matches || err != nil {
			t.Errorf("%d characters of %d match: %v", len(other), len(long), err)
		}
	}
	if matches, err := hasher.Matches(t.Context(), long, hash); !matches || err != nil {
		t.Errorf("the password itself: %v %v", matches, err)
	}
}

func TestHazard008TheMostCommonPasswordsAreRefusedWithAnythingAdded(t *testing.T) {
	t.Parallel()
	common := mostCommon(t, 3000)
	for _, word := range common {
		for _, typed := range []string{word, word + "1", "1" + word, strings.ToUpper(word), word + word, word + word + word} {
			if len([]rune(typed)) < password.MinLength {
				continue
			}
			if said := password.Check(typed, ana); said != "field.password_common" {
				t.Errorf("%q: %q", typed, said)
			}
		}
	}
	for _, typed := range []string{
		"password1234", "Passw0rd!2024", "qwertyuiop12", "123456789012", "abcdefghijkl", "iloveyou1234", "aaaaaaaaaaaaaaaa",
		"zaq12wsxcde3", "administrator1", "sunshine2024!!", "Welcome12345!",
	} {
		if said := password.Check(typed, ana); said != "field.password_common" {
			t.Errorf("%q: %q", typed, said)
		}
	}
	for _, typed := range []string{"correct horse battery", "parola mea buna", "kX9#mQ2$vL7p", "a quiet horse reads"} {
		if said := password.Check(typed, ana); said != "" {
			t.Errorf("%q: %q", typed, said)
		}
	}
}

// mostCommon reads the start of the list that the program brings with it.
func mostCommon(t *testing.T, most int) (words []string) {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/trustelem/zxcvbn").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(strings.TrimSpace(string(folder)), "data", "passwords.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan() && len(words) < most; {
		words = append(words, strings.Fields(lines.Text())[0])
	}
	if len(words) < most {
		t.Fatalf("the list has %d passwords", len(words))
	}
	return words
}

func TestHazard008WhatOthersKnowMakesNoPassword(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"dental alfa 1", "DentalAlfa2026!", "Ana Popescu 77", "ana-popescu-ana", "a.popescu!!!!!", "alfa2026alfa",
		"frontdesk2026", "Front-Desk-1234", "ana-dental-55!",
	} {
		if said := password.Check(typed, ana); said != "field.password_personal" {
			t.Errorf("%q: %q", typed, said)
		}
	}
	for _, typed := range []string{"banana peel tuesday", "mentaldental harvest moon", "nine alphabets sing"} {
		if said := password.Check(typed, ana); said != "" {
			t.Errorf("%q: %q", typed, said)
		}
	}
}
