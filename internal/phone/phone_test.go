package phone_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/internal/phone"
)

func TestHazard115ANumberLosesNothingInSilence(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"0722 123 456": "+40722123456", "0722.123.456": "+40722123456", "0722-123-456": "+40722123456", "(0722) 123 456": "+40722123456",
		"0722/123/456": "+40722123456", "+40 (0) 722 123 456": "+40722123456", "+40 0722 123 456": "+40722123456", "0040 722 123 456": "+40722123456",
		"tel:+40-722-123-456": "+40722123456", "TEL:0722123456": "+40722123456", "0722\u00a0123\u00a0456": "+40722123456",
		"0722\u2011123\u2011456": "+40722123456", "0722–123–456": "+40722123456", "０７２２ １２３ ４５６": "+40722123456", "٠٧٢٢١٢٣٤٥٦": "+40722123456",
		"\u202a0722 123 456\u202c": "+40722123456", "\u202d+40 722 123 456\u202c": "+40722123456", "\ufeff0722123456": "+40722123456",
		"0722\u200b123\u2060456\u200e": "+40722123456", "\u2066+40722123456\u2069": "+40722123456", "07\u00ad22123456": "+40722123456",
		"0722 123 456 int. 15": "+40722123456;ext=15", "0722123456 int 15": "+40722123456;ext=15", "0722 123 456, interior 15": "+40722123456;ext=15",
		"0722 123 456 ext. 15": "+40722123456;ext=15", "0722123456x15": "+40722123456;ext=15", "0722 123 456 #15": "+40722123456;ext=15",
		"+40722123456;ext=15": "+40722123456;ext=15", "tel:+40-722-123-456;ext=15": "+40722123456;ext=15", "0722 123 456 (int. 007)": "+40722123456;ext=007",
		"+44 20 7946 0958 extension 3": "+442079460958;ext=3",
	} {
		kept, ok := phone.Parse(typed, "RO")
		if !ok || kept != want {
			t.Errorf("%q is kept as %q, %v", typed, kept, ok)
			continue
		}
		// What the form shows is read as the same again.
		if again, ok := phone.Parse(phone.Format(kept, "RO"), "RO"); !ok || again != kept {
			t.Errorf("%q, shown as %q, is read as %q", kept, phone.Format(kept, "RO"), again)
		}
	}
	for _, typed := range []string{
		"0722ABCDEF", "0722 ABC DEF", "0722 123 45O", "1-800-FLOWERS", "0722 123 456 or 0733 123 456", "0722123456/0733123456", "mobil 0722123456",
		"0722 123 456 int.", "0722 123 456 int. abc", "0722 123 456 int. 12345678", "int. 15", "x15", "0722*123456", "0722 123 456 ☎", "0722_123456", "",
		"tel:+40-722-123-456;phone-context=example.com", "0722,123456", "07221234567", strings.Repeat("0", 5000),
	} {
		if kept, ok := phone.Parse(typed, "RO"); ok {
			t.Errorf("%.40q is kept as %q", typed, kept)
		}
	}
}

func TestHazard114ANumberIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	text := strings.Join(phone.Words("+40722123456;ext=15"), " ")
	for _, query := range []string{
		"+40 (0) 722 123 456", "+40 0722 123 456", "tel:+40-722-123-456", "tel:0722123456", "0040722123456", "00 40 722 123 456", "0722.123.456", "0722 123 456",
		"(0722) 123-456", "722 123", "123456", "+40 722", "0040722", "+40 (0) 722", "０７２２１２３４５６", "\u202a0722 123 456\u202c", "0722\u00a0123\u00a0456", "0722–123–456",
		"0722 123 456 int. 15", "+40722123456;ext=15",
	} {
		terms, ok := phone.Terms(query)
		if !ok || slices.ContainsFunc(terms, func(term string) bool { return !strings.Contains(text, term) }) {
			t.Errorf("%q looks for %q in %q, %v", query, terms, text, ok)
		}
	}
	for _, query := range []string{"", "ana", "ana 0722", "-", "()", "0722 ABC"} {
		if terms, ok := phone.Terms(query); ok {
			t.Errorf("%q is taken for the number %q", query, terms)
		}
	}
}
