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
