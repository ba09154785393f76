package password

// FillSlots takes every slot, and returns what frees them.
func (h *Hasher) FillSlots() (free func()) {
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	return func() {
		for range cap(h.slots) {
			h.leaveSlot()
		}
	}
}

// HashAsTyped makes a hash as it was made before passwords had one form.
func (h *Hasher) HashAsTyped(password string) string {
	made := stored{cost: h.cost, salt: make([]byte, saltSize)}
	made.key = made.derive(password, keySize)
	return made.String()
}
