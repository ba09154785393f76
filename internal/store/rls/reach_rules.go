package rls

import (
	"slices"
	"strings"
)

// judgeReach holds each login to the tables that it is for.
func judgeReach(c *catalog) (found []Violation) {
	for _, relation := range c.relations {
		found = append(found, judgeTenantReach(relation)...)
		found = append(found, judgePlatformReach(relation)...)
		if held := tooWide(relation.TenantMay); len(held) > 0 {
			found = append(found, Violation{GrantTooWide, relation.name(), "the tenant login holds " + strings.Join(held, ", ")})
		}
		if held := tooWide(relation.PlatformMay); len(held) > 0 {
			found = append(found, Violation{GrantTooWide, relation.name(), "the platform login holds " + strings.Join(held, ", ")})
		}
	}
	return found
}

// judgeTenantReach refuses a table without tenant_id that is not on the list, or
// more of it than the list says. A view shows what the tables below it let
// through; a materialized view and a foreign table have no policies at all.
func judgeTenantReach(r relation) (found []Violation) {
	may := onRows(r.TenantMay)
	switch {
	case len(may) == 0 || r.Kind == "v":
		return nil
	case !r.isTable():
		return []Violation{{TenantReach, r.name(), "no policy can stand over it, and the tenant login holds " + strings.Join(may, ", ")}}
	case withoutTenantPolicy[r.name()] != "":
		return []Violation{{TenantReach, r.name(), "is for the platform login alone, and the tenant login holds " + strings.Join(may, ", ")}}
	case r.HasTenantID:
		return nil
	}
	listed, ok := reachableByTenant[r.name()]
	if !ok {
		return []Violation{{TenantReach, r.name(), "has no tenant_id and is not on the reviewed list, and the tenant login holds " + strings.Join(may, ", ")}}
	}
	for _, privilege := range may {
		if !slices.Contains(listed.privileges, privilege) {
			found = append(found, Violation{TenantReach, r.name(), "the tenant login holds " + privilege + ", which the reviewed list does not name"})
		}
	}
	for _, column := range r.TenantReads {
		if !listed.allowsColumn(column) {
			found = append(found, Violation{TenantReach, r.name(), "the tenant login reads column " + column + ", which the reviewed list does not name"})
		}
	}
	for _, column := range r.TenantUpdates {
		if slices.Contains(listed.privileges, "UPDATE") && !slices.Contains(listed.updates, column) {
			found = append(found, Violation{TenantReach, r.name(), "the tenant login updates column " + column + ", which the reviewed list does not name"})
		}
	}
	return found
}

func judgePlatformReach(r relation) (found []Violation) {
	may := onRows(r.PlatformMay)
	if len(may) == 0 || !r.HasTenantID {
		return nil
	}
	listed, ok := reachedByPlatform[r.name()]
	if !ok {
		return []Violation{{PlatformReach, r.name(), "a clinic's table, and the platform login holds " + strings.Join(may, ", ")}}
	}
	for _, privilege := range may {
		if !slices.Contains(listed.privileges, privilege) {
			found = append(found, Violation{PlatformReach, r.name(), "the platform login holds " + privilege + ", which the reviewed list does not name"})
		}
	}
	return found
}

// wide are the privileges that reach past policies: TRUNCATE empties a table,
// REFERENCES asks for keys, TRIGGER runs code as others.
var wide = []string{"TRUNCATE", "REFERENCES", "TRIGGER"}

func tooWide(privileges []string) (found []string) {
	for _, privilege := range privileges {
		if slices.Contains(wide, privilege) {
			found = append(found, privilege)
		}
	}
	return found
}

func onRows(privileges []string) (found []string) {
	for _, privilege := range privileges {
		if !slices.Contains(wide, privilege) {
			found = append(found, privilege)
		}
	}
	return found
}
