package audit

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	views "frontdesk/views/audit"
)

// entryOf is a row of a clinic's log as the pages show it.
func (r *Registry) entryOf(row db.AuditEvent) views.Entry { return r.entry(false, row) }

// platformEntry is one of the platform's log.
func (r *Registry) platformEntry(row platformEvent) views.Entry {
	event := row.PlatformAuditEvent
	entry := r.entry(true, db.AuditEvent{
		ID: event.ID, OccurredAt: event.OccurredAt, ActorKind: event.ActorKind, ActorID: event.ActorID, ActorName: event.ActorName,
		Action: event.Action, TargetKind: event.TargetKind, TargetID: event.TargetID, TargetName: event.TargetName, Before: event.Before,
		After: event.After, Reason: event.Reason, IP: event.IP, UserAgent: event.UserAgent, RequestID: event.RequestID,
	})
	entry.TenantID, entry.TenantName = idText(event.TenantID), row.TenantName
	return entry
}

func (r *Registry) entry(platform bool, row db.AuditEvent) views.Entry {
	entry := views.Entry{
		ID: row.ID.String(), At: row.OccurredAt, ActorKind: row.ActorKind, ActorID: idText(row.ActorID), ActorName: row.ActorName,
		Action: row.Action, TargetKind: row.TargetKind, TargetID: idText(row.TargetID), TargetName: row.TargetName,
		Reason: row.Reason, UserAgent: row.UserAgent, RequestID: row.RequestID, Changes: r.changesOf(row),
		Icon: r.icon(row.Action), Href: r.page(platform, row.TargetKind, idText(row.TargetID)),
	}
	if row.IP != nil {
		entry.IP = row.IP.String()
	}
	return entry
}

func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// changesOf puts the two sides of each field beside each other.
func (r *Registry) changesOf(row db.AuditEvent) (changes []views.Change) {
	was, is := decode(row.Before), decode(row.After)
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		old, hadOne := was[name]
		value, hasOne := is[name]
		changes = append(changes, views.Change{Field: name, Word: r.word(row.Action, name), Before: old, After: value, HadOne: hadOne, HasOne: hasOne})
	}
	return changes
}

// decode reads fields that this package has written; what is none is shown as none.
func decode(raw []byte) Fields {
	fields := Fields{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Fields{}
	}
	return fields
}
