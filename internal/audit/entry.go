package audit

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	views "frontdesk/views/audit"
)

// The actions that each log can hold, for its filter: what happens inside a clinic,
// and what happens to people, to tenants and in the console. What is done to a
// clinic from outside stands in both.
var (
	clinicActions = names(
		db.AuditActionClientRead, db.AuditActionClientCreate, db.AuditActionClientUpdate, db.AuditActionClientExport,
		db.AuditActionProviderCreate, db.AuditActionProviderUpdate, db.AuditActionProviderActivate, db.AuditActionProviderDeactivate,
		db.AuditActionServiceCreate, db.AuditActionServiceUpdate, db.AuditActionServiceActivate, db.AuditActionServiceDeactivate,
		db.AuditActionAppointmentCreate, db.AuditActionAppointmentUpdate, db.AuditActionAppointmentCancel,
		db.AuditActionMailboxCreate, db.AuditActionMailboxUpdate, db.AuditActionMailboxActivate, db.AuditActionMailboxDeactivate, db.AuditActionMailboxSync,
		db.AuditActionConversationRead, db.AuditActionConversationUnread,
		db.AuditActionMessageCreate, db.AuditActionMessageReceive, db.AuditActionMessageResend, db.AuditActionMessageSource, db.AuditActionAttachmentDownload,
		db.AuditActionInviteCreate, db.AuditActionInviteResend, db.AuditActionInviteRevoke, db.AuditActionInviteAccept, db.AuditActionInviteDelivery,
		db.AuditActionMembershipCreate, db.AuditActionMembershipRole, db.AuditActionMembershipRemove, db.AuditActionMembershipDisable, db.AuditActionMembershipRestore,
		db.AuditActionSecurityUpdate, db.AuditActionSupportGrant, db.AuditActionSupportRevoke, db.AuditActionSupportEnter, db.AuditActionSupportLeave, db.AuditActionSupportView,
		db.AuditActionAuditExport, db.AuditActionTenantUpdate, db.AuditActionTenantSuspend, db.AuditActionTenantActivate, db.AuditActionTenantDelete, db.AuditActionTenantRestore,
	)
	platformActions = names(
		db.AuditActionTenantCreate, db.AuditActionTenantUpdate, db.AuditActionTenantSuspend, db.AuditActionTenantActivate, db.AuditActionTenantDelete,
		db.AuditActionTenantRestore, db.AuditActionTenantExport,
		db.AuditActionUserCreate, db.AuditActionUserUpdate, db.AuditActionUserSuspend, db.AuditActionUserActivate, db.AuditActionUserDelete,
		db.AuditActionUserRestore, db.AuditActionUserPromote, db.AuditActionUserDemote, db.AuditActionUserExport,
		db.AuditActionInviteCreate, db.AuditActionInviteResend, db.AuditActionInviteRevoke, db.AuditActionInviteAccept, db.AuditActionInviteDelivery,
		db.AuditActionMembershipCreate, db.AuditActionMembershipRole, db.AuditActionMembershipRemove, db.AuditActionMembershipDisable, db.AuditActionMembershipRestore,
		db.AuditActionSessionCreate, db.AuditActionSessionFail, db.AuditActionSessionLock, db.AuditActionSessionEnd, db.AuditActionSessionSwitch,
		db.AuditActionPasswordUpdate, db.AuditActionPasswordRehash, db.AuditActionPasswordResetCreate, db.AuditActionPasswordResetUse,
		db.AuditActionSecondFactorCreate, db.AuditActionSecondFactorDelete, db.AuditActionSecondFactorFail,
		db.AuditActionRecoveryCodeCreate, db.AuditActionRecoveryCodeUse, db.AuditActionPasskeyCreate, db.AuditActionPasskeyDelete,
		db.AuditActionSupportGrant, db.AuditActionSupportRevoke, db.AuditActionSupportEnter, db.AuditActionSupportLeave,
		db.AuditActionAuditExport, db.AuditActionJobRetry, db.AuditActionJobCancel,
	)
)

func names(actions ...db.AuditAction) (names []string) {
	for _, action := range actions {
		names = append(names, string(action))
	}
	return names
}

// entryOf is a row as the pages show it.
func entryOf(row db.AuditEvent) views.Entry {
	entry := views.Entry{
		ID: row.ID.String(), At: row.OccurredAt, ActorKind: row.ActorKind, ActorID: idText(row.ActorID), ActorName: row.ActorName,
		Action: string(row.Action), TargetKind: row.TargetKind, TargetID: idText(row.TargetID), TargetName: row.TargetName,
		Reason: row.Reason, UserAgent: row.UserAgent, RequestID: row.RequestID, Changes: changesOf(row.Before, row.After),
	}
	if row.IP != nil {
		entry.IP = row.IP.String()
	}
	return entry
}

func platformEntry(row platformEvent) views.Entry {
	event := row.PlatformAuditEvent
	entry := entryOf(db.AuditEvent{
		ID: event.ID, OccurredAt: event.OccurredAt, ActorKind: event.ActorKind, ActorID: event.ActorID, ActorName: event.ActorName,
		Action: event.Action, TargetKind: event.TargetKind, TargetID: event.TargetID, TargetName: event.TargetName, Before: event.Before,
		After: event.After, Reason: event.Reason, IP: event.IP, UserAgent: event.UserAgent, RequestID: event.RequestID,
	})
	entry.TenantID, entry.TenantName = idText(event.TenantID), row.TenantName
	return entry
}

func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// changesOf puts the two sides of each field beside each other.
func changesOf(before, after []byte) (changes []views.Change) {
	was, is := decode(before), decode(after)
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		old, hadOne := was[name]
		value, hasOne := is[name]
		changes = append(changes, views.Change{Field: name, Before: old, After: value, HadOne: hadOne, HasOne: hasOne})
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
