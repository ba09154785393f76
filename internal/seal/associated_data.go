package seal

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// AssociatedData says where a sealed value belongs. It is part of what the seal
// protects, so a value copied to another tenant, row or column does not open
// (hazard 67).
type AssociatedData struct {
	parts []string
}

// AAD is the associated data (RFC 5116) of a value in a column of a tenant's table.
func AAD(tenantID uuid.UUID, table string, row uuid.UUID, column string) AssociatedData {
	return AssociatedData{parts: []string{"row", tenantID.String(), table, row.String(), column}}
}

// bind returns the additional data of AES-GCM: the sealed value's header and
// the parts, each behind its length so that no two lists of parts read the same.
func (d AssociatedData) bind(header []byte) []byte {
	bound := append([]byte(nil), header...)
	for _, part := range d.parts {
		bound = binary.AppendUvarint(bound, uint64(len(part)))
		bound = append(bound, part...)
	}
	return bound
}
