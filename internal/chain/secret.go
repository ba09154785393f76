package chain

import (
	"crypto/rand"

	"github.com/google/uuid"
)

// secrets are those that a run of the sealer proves rows with, by subject.
type secrets map[uuid.UUID]secret

type secret struct {
	id  uuid.UUID
	key []byte
}

const secretSize = 32

// subjectsOf are all whose secrets these rows need.
func subjectsOf(rows []record) (subjects []uuid.UUID) {
	seen := map[uuid.UUID]bool{}
	for i := range rows {
		for _, part := range parts {
			if subject := part.subject(&rows[i]); rows[i].Position == 0 && subject != nil && !seen[*subject] {
				seen[*subject] = true
				subjects = append(subjects, *subject)
			}
		}
	}
	return subjects
}

// complete makes a secret for each subject that has none yet, and returns the new ones
// for the table.
func (s secrets) complete(subjects []uuid.UUID) (ids, of []uuid.UUID, keys [][]byte) {
	for _, subject := range subjects {
		if _, has := s[subject]; has {
			continue
		}
		made := secret{id: uuid.Must(uuid.NewV7()), key: make([]byte, secretSize)}
		rand.Read(made.key)
		s[subject] = made
		ids, of, keys = append(ids, made.id), append(of, subject), append(keys, made.key)
	}
	return ids, of, keys
}

// prove puts the proofs of a row's parts beside it, as its seal will hold them.
func (s secrets) prove(chain ID, row *record) {
	for _, part := range parts {
		if subject := part.subject(row); subject != nil {
			chosen := s[*subject]
			*part.secret(row), *part.proof(row) = &chosen.id, part.prove(chain, row, chosen.key)
		}
	}
}
