package rls

import "slices"

// byTenant is the reviewed policy of a clinic's table, as pg_get_expr prints it.
const byTenant = "(tenant_id = ( SELECT public.current_tenant() AS current_tenant))"

// everyCommand is how the catalog writes a policy FOR ALL.
const everyCommand = "*"

// mustBeSecure is true for tables with rows of clinics, and for those without a
// tenant_id that the tenant login reads through a policy.
func mustBeSecure(r relation) bool {
	return r.isTable() && (r.HasTenantID || reachableByTenant[r.name()].isUnderPolicy())
}

// judgeSecurity wants row-level security on, and forced on the owner too.
func judgeSecurity(c *catalog) (found []Violation) {
	for _, relation := range c.relations {
		if !mustBeSecure(relation) {
			continue
		}
		if !relation.RowSecurity {
			found = append(found, Violation{SecurityOff, relation.name(), "row-level security is off: ENABLE ROW LEVEL SECURITY"})
		}
		if !relation.Forced && reachableByTenant[relation.name()].unforced == "" {
			found = append(found, Violation{SecurityUnsure, relation.name(), "row-level security does not bind the owner: FORCE ROW LEVEL SECURITY"})
		}
		if relation.TenantIsNil && withoutTenantPolicy[relation.name()] == "" {
			found = append(found, Violation{TenantNullable, relation.name(), "tenant_id may be null: a row could belong to no clinic"})
		}
	}
	return found
}

// judgePolicies wants exactly one permissive policy for the tenant login, the
// reviewed one, and none for the platform login on a clinic's table.
func judgePolicies(c *catalog) (found []Violation) {
	for _, relation := range c.relations {
		if !mustBeSecure(relation) {
			continue
		}
		policies := c.policiesOf(relation)
		found = append(found, judgeInserts(relation, policies)...)
		var forTenant []policy
		for _, policy := range policies {
			if policy.ForTenant && policy.Permissive {
				forTenant = append(forTenant, policy)
			}
			if policy.ForPlatform && policy.Permissive && relation.HasTenantID && reachedByPlatform[relation.name()].reason == "" {
				found = append(found, Violation{PolicyPlatform, relation.name(), "policy " + policy.Name + " lets the platform login at a clinic's table"})
			}
		}
		found = append(found, judgeTenantPolicies(relation, forTenant)...)
	}
	return found
}

func judgeTenantPolicies(relation relation, policies []policy) (found []Violation) {
	name := relation.name()
	if withoutTenantPolicy[name] != "" {
		for _, policy := range policies {
			found = append(found, Violation{PolicyWrong, name, "policy " + policy.Name + " lets the tenant login at a table that it must not reach"})
		}
		return found
	}
	if len(policies) == 0 {
		return []Violation{{PolicyMissing, name, "no policy for the tenant login"}}
	}
	for _, policy := range policies {
		if explanation := wrongWith(relation, policy); explanation != "" {
			found = append(found, Violation{PolicyWrong, name, "policy " + policy.Name + " " + explanation})
		}
	}
	if len(policies) > 1 {
		found = append(found, Violation{PolicyTwice, name, "policies " + policies[0].Name + " and " + policies[1].Name + " are OR-ed: keep one"})
	}
	return found
}

// wrongWith compares a policy with the reviewed one, word for word: one that
// only mentions current_tenant() may still let others through.
func wrongWith(relation relation, policy policy) string {
	if !relation.HasTenantID {
		want := reachableByTenant[relation.name()].policy
		if policy.Command != want.command || oneLine(policy.Using) != want.using || oneLine(policy.Check) != want.check {
			return "is not the reviewed one: FOR " + commands[want.command] + " USING " + want.using + " WITH CHECK " + orDash(want.check)
		}
		return ""
	}
	switch {
	case policy.Command != everyCommand:
		return "is not FOR ALL: what it leaves out has no policy"
	case oneLine(policy.Using) != byTenant:
		return "must have USING " + byTenant
	case oneLine(policy.Check) != byTenant:
		return "must have WITH CHECK " + byTenant
	}
	return ""
}

// judgeInserts wants the restrictive policy of a table that has one on the list.
func judgeInserts(relation relation, policies []policy) []Violation {
	want := reachableByTenant[relation.name()].policy.inserts
	held := want == "" || slices.ContainsFunc(policies, func(p policy) bool {
		return !p.Permissive && p.ForTenant && (p.Command == "a" || p.Command == everyCommand) && oneLine(p.Check) == want
	})
	if held {
		return nil
	}
	return []Violation{{PolicyMissing, relation.name(), "no restrictive policy for what the tenant login inserts: WITH CHECK " + want}}
}

// judgeKeys wants keys led by tenant_id: another would tell, by a conflict, what
// a neighbour holds.
func judgeKeys(c *catalog) (found []Violation) {
	for _, key := range c.keys {
		relation := c.relation(key.Relation)
		if relation.HasTenantID && key.First != "tenant_id" && globalKeys[relation.name()+"."+key.Name] == "" {
			found = append(found, Violation{KeyGlobal, relation.name(), key.Kind + " " + key.Name + " is not led by tenant_id: a conflict would tell of another clinic's rows"})
		}
	}
	return found
}

// judgeForeignKeys wants both sides led by tenant_id, because the check of a
// foreign key bypasses policies.
func judgeForeignKeys(c *catalog) (found []Violation) {
	for _, foreign := range c.foreignKeys {
		from, to := c.relation(foreign.From), c.relation(foreign.To)
		if to.HasTenantID && (foreign.FirstFrom != "tenant_id" || foreign.FirstTo != "tenant_id") {
			found = append(found, Violation{ForeignKeyPlain, from.name(), "foreign key " + foreign.Name + " to " + to.name() + " is not led by tenant_id: its check bypasses policies, so another clinic's row would do"})
		}
	}
	return found
}
