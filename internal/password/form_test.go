package password_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"frontdesk/internal/password"
)

func TestHazard116APasswordIsTheSameHoweverItsLettersArePutTogether(t *testing.T) {
	t.Parallel()
	hasher := password.NewHasher(cheap)
	composed := norm.NFC.String("două căsuțe și-un șoricel")
	for name, set := range map[string]string{"composed": composed, "decomposed": norm.NFD.String(composed)} {
		hash, err := hasher.Hash(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{composed, norm.NFD.String(composed)} {
			if found, err := hasher.Compare(t.Context(), typed, hash); !found.Matches || found.Outdated || err != nil {
				t.Errorf("set %s, typed %+q: %+v %v", name, typed, found, err)
			}
		}
	}
}

// Whoever has a hash that was made of the bytes that came signs in as before, and in the
// other form as well; the hash is made anew.
func TestHazard116NobodyIsLockedOutByTheFormInWhichTheirPasswordWasHashed(t *testing.T) {
	t.Parallel()
	hasher := password.NewHasher(cheap)
	for _, set := range []string{
		"două căsuțe", norm.NFD.String("două căsuțe"), "ﬁve ﬁngers", "a\u00a0quiet\u00a0horse", "ｆｕｌｌ　ｗｉｄｔｈ", "not \xff valid", "plain ascii",
	} {
		hash := hasher.HashAsTyped(set)
		found, err := hasher.Compare(t.Context(), set, hash)
		if !found.Matches || err != nil {
			t.Errorf("%+q is locked out: %v", set, err)
		}
		if found.Outdated != (password.Normal(set) != set) {
			t.Errorf("%+q is outdated: %v", set, found.Outdated)
		}
		if other, err := hasher.Compare(t.Context(), norm.NFC.String(set), hash); !other.Matches || err != nil {
			t.Errorf("%+q composed does not match: %v", set, err)
		}
		if other, err := hasher.Compare(t.Context(), set+"x", hash); other.Matches || err != nil {
			t.Errorf("%+q and more matches: %v", set, err)
		}
	}
}

func TestWhatARuleCountsIsThePasswordAsItIsHashed(t *testing.T) {
	t.Parallel()
	short := norm.NFD.String("șșșșșșșșșșș")
	if said := password.Check(short, password.About{}); said != "field.password_short" {
		t.Errorf("eleven letters with their marks: %q", said)
	}
}
