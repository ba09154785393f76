package store_test

import (
	"testing"

	"frontdesk/internal/address"
	"frontdesk/internal/testkit"
)

// addressForm is the version that gives addresses their form.
const addressForm = 50

func TestHazard116AddressesThatWereKeptAsTheyWereTypedGetTheFormThatTheProgramGivesThem(t *testing.T) {
	t.Parallel()
	w := wayOf(t, testkit.NewDatabase(t))
	for {
		at, _, err := w.migrator.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if at < addressForm {
			break
		}
		if err := w.migrator.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	typed := []string{
		"ana@müller.de", "ana@straße.de", "ana@пример.рф", "ana@büro.müller.de", "ana@例え.jp", "ana@clinică.ro", "ana@ñandú.cl", "ana@ｅｘａｍｐｌｅ.com",
		"ștefan@alfa.example", "ana@alfa.example", "ana@xn--bro-hoa.example", "ana@ελληνικά.gr",
	}
	for _, email := range typed {
		w.add(email)
	}
	// Two people whose addresses have become one: each keeps theirs.
	w.add("ion@bücher.example")
	w.add("ion@xn--bcher-kva.example")
	w.up()
	for _, email := range typed {
		if kept := w.lines("select email from users where name = $1", email); len(kept) != 1 || kept[0] != address.Canonical(email) {
			t.Errorf("%q is kept as %q", email, kept)
		}
	}
	if kept := w.lines("select email from users where name in ('ion@bücher.example', 'ion@xn--bcher-kva.example') and email = name"); len(kept) != 2 {
		t.Errorf("of two who cannot be one there are %q", kept)
	}
}

// add makes a person who is named for their address.
func (w way) add(email string) {
	w.t.Helper()
	if _, err := w.superuser.Exec(w.t.Context(), "insert into users (id, email, name) values (gen_random_uuid(), $1, $1)", email); err != nil {
		w.t.Fatal(err)
	}
}
