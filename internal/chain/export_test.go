package chain

// InFirstFormat makes the sealer seal as programs did before there was a second.
func (s *Sealer) InFirstFormat() { s.first = true }
