package address_test

import (
	"testing"

	"frontdesk/internal/address"
)

func TestHazard116AnAddressHasOneFormHoweverItsDomainIsWritten(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"ana@müller.de": "ana@xn--mller-kva.de", "Ana@MÜLLER.de": "ana@xn--mller-kva.de", "ana@mu\u0308ller.de": "ana@xn--mller-kva.de",
		"ana@xn--mller-kva.de": "ana@xn--mller-kva.de", "ana@XN--MLLER-KVA.DE": "ana@xn--mller-kva.de", "ana@müller。de": "ana@xn--mller-kva.de",
		"ana@straße.de": "ana@xn--strae-oqa.de", "ana@ｅｘａｍｐｌｅ.com": "ana@example.com", "ana@пример.рф": "ana@xn--e1afmkfd.xn--p1ai",
		"ana@büro.müller.de": "ana@xn--bro-hoa.xn--mller-kva.de", "ana@clinică.ro": "ana@xn--clinic-n0a.ro",
		// Of a name before the @ nobody but its server knows what is equal, beyond its letters.
		"ștefan@alfa.example": "ștefan@alfa.example", "s\u0326tefan@alfa.example": "ștefan@alfa.example",
		"ana@a_b.example": "ana@a_b.example", "ana@-.müller": "ana@-.müller", "ana": "ana", "": "", "@": "@",
	} {
		if got := address.Canonical(written); got != want {
			t.Errorf("%q is %q, not %q", written, got, want)
		}
		if got := address.Canonical(want); got != want {
			t.Errorf("%q does not stay: %q", want, got)
		}
	}
	if got := address.Shown("ana@xn--mller-kva.de"); got != "ana@müller.de" {
		t.Errorf("it is looked for as %q", got)
	}
}
