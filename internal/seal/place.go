package seal

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// Place says where a sealed value belongs. It is part of what the seal
// protects, so a value copied to another tenant, row or column does not open
// (hazard 67).
type Place struct {
	parts []string
}

// AAD is the place of a value in a column of a tenant's table.
func AAD(tenantID uuid.UUID, table string, row uuid.UUID, column string) Place {
	return Place{parts: []string{"row", tenantID.String(), table, row.String(), column}}
}

// bind returns the additional data of AES-GCM: the sealed value's header and
// the parts, each behind its length so that no two lists of parts read the same.
func (p Place) bind(header []byte) []byte {
	bound := append([]byte(nil), header...)
	for _, part := range p.parts {
		bound = binary.AppendUvarint(bound, uint64(len(part)))
		bound = append(bound, part...)
	}
	return bound
}
