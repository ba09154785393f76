// Package audit writes down what was done, by whom and from where, in the same
// transaction as the change itself: there is no change without its row, and no row
// without its change. There are two logs: a clinic's own, which the platform's
// login can add to and cannot read, and the platform's, which holds no clinic data.
package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// Entry is what happened. Who did it, and from where, comes from the context.
type Entry struct {
	Action Action
	// TargetKind is the noun in the singular: "client"; "" for none.
	TargetKind string
	TargetID   uuid.UUID
	// TargetName is what people call it, as it is now: names change, a log does
	// not. In the platform's log it is never a client's.
	TargetName string
	// SubjectID is whose row it is, with whose secret its content is sealed: zero is the
	// target, or, where there is none, this row alone. Who says nothing writes a row that
	// can be erased by itself; only Nobody is hashed as it stands.
	SubjectID uuid.UUID
	// Before and After hold the changed fields only: see Changed.
	Before, After Fields
	// Reason is what whoever did it gave as one.
	Reason string
	// TenantID is, in the platform's log, the tenant that it is about; the other
	// log takes its tenant from the door.
	TenantID uuid.UUID
}

// Nobody is the subject of an entry that holds nothing personal but its actor.
var Nobody = uuid.Max

// Origin is where a request came from.
type Origin struct {
	// IP is invalid when it is not known.
	IP                   netip.Addr
	UserAgent, RequestID string
}

type originKey struct{}

// WithOrigin returns ctx carrying where the request came from. The guard calls it.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// OriginOf returns where the request of ctx came from; the zero value for a job.
func OriginOf(ctx context.Context) Origin {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return origin
}

// Record writes the entry into the log of the tenant whose door tx is.
func Record(ctx context.Context, tx *store.Tx, entry Entry) error {
	row, err := rowOf(ctx, entry)
	if err != nil {
		return err
	}
	return tx.AuditEventCreate(ctx, db.AuditEventCreateParams{
		ID: row.id, ActorKind: row.actorKind, ActorID: row.actorID, ActorName: row.actorName, Action: string(entry.Action),
		TargetKind: entry.TargetKind, TargetID: row.targetID, TargetName: row.targetName, SubjectID: row.subjectID, Before: row.before, After: row.after,
		Reason: entry.Reason, IP: row.ip, UserAgent: row.userAgent, RequestID: row.requestID,
	})
}

// RecordOfTenant writes the entry into the log of a tenant from the platform's
// door: what the console, or somebody who joins, does to a clinic, its people see.
func RecordOfTenant(ctx context.Context, tx *store.Tx, tenantID uuid.UUID, entry Entry) error {
	row, err := rowOf(ctx, entry)
	if err != nil {
		return err
	}
	return tx.AuditEventCreateOfTenant(ctx, db.AuditEventCreateOfTenantParams{
		TenantID: tenantID, ID: row.id, ActorKind: row.actorKind, ActorID: row.actorID, ActorName: row.actorName, Action: string(entry.Action),
		TargetKind: entry.TargetKind, TargetID: row.targetID, TargetName: row.targetName, SubjectID: row.subjectID, Before: row.before, After: row.after,
		Reason: entry.Reason, IP: row.ip, UserAgent: row.userAgent, RequestID: row.requestID,
	})
}

// RecordPlatform writes the entry into the platform's log, from its door. It must
// hold no clinic data.
func RecordPlatform(ctx context.Context, tx *store.Tx, entry Entry) error {
	row, err := rowOf(ctx, entry)
	if err != nil {
		return err
	}
	kind := row.actorKind
	if kind == "support" {
		kind = "person" // what they are in a clinic is no matter of this log
	}
	if _, known := actor.From(ctx); !known {
		kind = "visitor"
		if OriginOf(ctx) == (Origin{}) {
			kind = "system" // the command line, or a job
		}
	}
	return tx.PlatformAuditEventCreate(ctx, db.PlatformAuditEventCreateParams{
		ID: row.id, TenantID: optional(entry.TenantID), ActorKind: kind, ActorID: row.actorID, ActorName: row.actorName, Action: string(entry.Action),
		TargetKind: entry.TargetKind, TargetID: row.targetID, TargetName: row.targetName, SubjectID: row.subjectID, Before: row.before, After: row.after,
		Reason: entry.Reason, IP: row.ip, UserAgent: row.userAgent, RequestID: row.requestID,
	})
}

// row holds what the three ways of writing have in common.
type row struct {
	id                   uuid.UUID
	actorKind, actorName string
	actorID, targetID    *uuid.UUID
	subjectID            *uuid.UUID
	targetName           string
	before, after        []byte
	ip                   *netip.Addr
	userAgent, requestID string
}

// The bounds of the columns, in characters.
const (
	maxActorName  = 200
	maxTargetName = 500
	maxUserAgent  = 500
)

func rowOf(ctx context.Context, entry Entry) (row, error) {
	who, _ := actor.From(ctx)
	origin := OriginOf(ctx)
	made := row{
		id: uuid.Must(uuid.NewV7()), actorKind: kindOf(who), actorID: optional(who.UserID), actorName: cut(who.Name, maxActorName),
		targetID: optional(entry.TargetID), targetName: cut(entry.TargetName, maxTargetName),
		userAgent: cut(origin.UserAgent, maxUserAgent), requestID: origin.RequestID,
	}
	if subject := cmp.Or(entry.SubjectID, entry.TargetID, made.id); subject != Nobody {
		made.subjectID = &subject
	}
	if origin.IP.IsValid() {
		made.ip = &origin.IP
	}
	var err error
	if made.before, err = entry.Before.encode(); err != nil {
		return made, fmt.Errorf("audit %s: %w", entry.Action, err)
	}
	if made.after, err = entry.After.encode(); err != nil {
		return made, fmt.Errorf("audit %s: %w", entry.Action, err)
	}
	return made, nil
}

func kindOf(who actor.Actor) string {
	switch {
	case who.Support:
		return "support"
	case who.UserID == uuid.Nil:
		return "system"
	}
	return "person"
}

func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// Fields are columns by their names, with the values that JSON gives them.
type Fields map[string]any

func (f Fields) encode() ([]byte, error) {
	if len(f) == 0 {
		return nil, nil
	}
	return json.Marshal(f)
}

// dull are columns that say nothing about what a person changed.
var dull = map[string]bool{
	"id": true, "tenant_id": true, "version": true, "created_at": true, "updated_at": true, "search_text": true, "lifetime": true,
	"subject_id": true,
}

// secretParts mark columns that never stand in a log, whatever table they are of.
var secretParts = []string{"password", "secret", "token", "hash", "sealed", "credential"}

func secret(name string) bool {
	for _, part := range secretParts {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// FieldsOf returns the columns of a row, or of the parameters of a query, as sqlc
// made its type: without secrets, and without what people do not change.
func FieldsOf(row any) (Fields, error) {
	raw, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("audit fields: %w", err)
	}
	var fields Fields
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("audit fields: %w", err)
	}
	for name := range fields {
		if dull[name] || secret(name) {
			delete(fields, name)
		}
	}
	return fields, nil
}

// Changed returns what differs between two rows of the same columns, as FieldsOf
// reads them: the values before and after. A column that only one of them has is
// left out; nil stands for a row that was not there.
func Changed(before, after any) (Fields, Fields, error) {
	was, err := fieldsOrNone(before)
	if err != nil {
		return nil, nil, err
	}
	is, err := fieldsOrNone(after)
	if err != nil {
		return nil, nil, err
	}
	if before == nil || after == nil {
		return was, is, nil
	}
	changedBefore, changedAfter := Fields{}, Fields{}
	for name, value := range is {
		old, both := was[name]
		if both && !same(old, value) {
			changedBefore[name], changedAfter[name] = old, value
		}
	}
	return changedBefore, changedAfter, nil
}

func fieldsOrNone(row any) (Fields, error) {
	if row == nil {
		return nil, nil
	}
	if fields, ok := row.(Fields); ok {
		return fields, nil
	}
	return FieldsOf(row)
}

func same(a, b any) bool {
	left, leftErr := json.Marshal(a)
	right, rightErr := json.Marshal(b)
	return cmp.Or(leftErr, rightErr) == nil && string(left) == string(right)
}
