package testkit

import (
	"testing"

	"frontdesk/internal/seal"
)

// Vouch puts the MAC by a key ring to whatever grants something, as the first start of the
// program does after an upgrade.
func (d Database) Vouch(t testing.TB, keys *seal.Ring) {
	t.Helper()
	d.Execute(t, `begin; alter table mac_grace disable trigger mac_grace_ends; update mac_grace set open_until = 'infinity';
		alter table mac_grace enable trigger mac_grace_ends; commit`)
	// A store of its own: one remembers that the time for it is over.
	opened := d.Store(t)
	opened.VouchWith(keys)
	if _, err := opened.Vouch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := opened.EndGrace(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
}
