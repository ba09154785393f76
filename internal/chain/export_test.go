package chain

// InFirstFormat makes the sealer seal as programs did before there was a second.
func (s *Sealer) InFirstFormat() { s.first = true }

// Sealer is one on what the verifier stands on, as of another program.
func (v *Verifier) Sealer() *Sealer { return &Sealer{Store: v.Store, Keys: v.Keys, Keeper: v.Keeper} }
