package rls

import (
	"maps"
	"slices"
	"strings"

	"frontdesk/internal/store"
)

// judgeLogins holds the run-time logins to what they are for.
func judgeLogins(c *catalog) (found []Violation) {
	for _, login := range c.logins {
		if !login.Exists {
			found = append(found, Violation{LoginMissing, login.Name, "the run-time login does not exist: run `frontdesk migrate up`"})
			continue
		}
		for _, way := range login.Bypasses {
			found = append(found, Violation{LoginBypasses, login.Name, "the run-time login " + way + ": policies must bind it"})
		}
		for _, owned := range login.Owns {
			found = append(found, Violation{LoginOwns, login.Name, "the run-time login " + owned + ": an owner can switch row-level security off"})
		}
		for _, privilege := range login.Can {
			found = append(found, Violation{LoginCreates, login.Name, "the run-time login holds " + privilege + ": it must create nothing"})
		}
		if len(login.Uncovered) > 0 {
			found = append(found, Violation{LoginUncovered, login.Name, "the run-time login may call what no policy covers, large objects or the sessions of others: " +
				"only a superuser can close it, in this database: revoke execute on function " + strings.Join(login.Uncovered, ", ") + " from public"})
		}
		found = append(found, judgeSettings(login)...)
	}
	return found
}

// judgeSettings wants the limits of a login's sessions, whatever their values but none, and
// nothing beside them: a login may set for itself what its later sessions begin with, such
// as a tenant, and so make current_tenant() answer where none was set.
func judgeSettings(login login) (found []Violation) {
	limited, unlimited := map[string]bool{}, map[string]bool{}
	for _, setting := range login.Settings {
		name, value, _ := strings.Cut(setting, "=")
		switch {
		case store.LoginLimits[name] == "":
			found = append(found, Violation{LoginSettings, login.Name, "its sessions begin with a " + name + " of their own: alter role " + login.Name + " reset " + name})
		case isUnlimited(value):
			unlimited[name] = true
		default:
			limited[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(store.LoginLimits)) {
		if !limited[name] || unlimited[name] {
			found = append(found, Violation{LoginSettings, login.Name, "its sessions begin without " + name + ": run `frontdesk migrate up`, or alter role " +
				login.Name + " set " + name + " = '" + store.LoginLimits[name] + "'"})
		}
	}
	return found
}

// isUnlimited is true for 0 in any unit, which is no limit.
func isUnlimited(limit string) bool {
	unit := strings.TrimLeft(limit, "0")
	return unit != limit && (unit == "" || unit[0] > '9')
}

// settingReader is what current_tenant() must be. It raises without a tenant.
const settingReader = "RETURN (current_setting('app.tenant_id'::text))::uuid"

// judgeSettingReader holds current_tenant() to its text: every policy hangs on it.
func judgeSettingReader(c *catalog) []Violation {
	at := slices.IndexFunc(c.functions, func(f function) bool { return f.name() == "public.current_tenant()" })
	if at < 0 {
		return []Violation{{SettingReader, "public.current_tenant()", "the function that every policy asks is missing"}}
	}
	asked := c.functions[at]
	if oneLine(asked.Body) != settingReader || asked.Definer {
		return []Violation{{SettingReader, asked.name(), "is not the reviewed function: its body must be " + settingReader}}
	}
	return nil
}

// judgeFunctions looks at what runs with another's rights, and at what a cached
// plan could fold into a constant, which then answers the next tenant.
func judgeFunctions(c *catalog) (found []Violation) {
	for _, function := range c.functions {
		if function.Immutable && readsTenant(function) {
			found = append(found, Violation{FunctionFolded, function.name(), "reads the tenant and is IMMUTABLE: a cached plan would keep the first tenant's answer; make it STABLE"})
		}
		if !function.Definer {
			continue
		}
		if !function.FixedPath {
			found = append(found, Violation{DefinerPath, function.name(), "SECURITY DEFINER without SET search_path: its caller chooses what its names mean"})
		}
		if function.OwnerBypasses && reviewedDefiners[function.name()] == "" {
			found = append(found, Violation{DefinerOwner, function.name(), "SECURITY DEFINER owned by " + function.Owner + ", whom no policy binds, and not on the reviewed list"})
		}
	}
	return found
}

func readsTenant(f function) bool {
	text := strings.ToLower(f.Definition)
	return strings.Contains(text, "current_setting") || strings.Contains(text, "current_tenant") || strings.Contains(text, "app.tenant_id")
}

// judgeViews refuses views that run with their owner's rights.
func judgeViews(c *catalog) (found []Violation) {
	for _, relation := range c.relations {
		if relation.Kind == "v" && !relation.SecurityInvoker {
			found = append(found, Violation{ViewOwner, relation.name(), "the view reads with its owner's rights: it needs security_invoker = true"})
		}
	}
	return found
}

// judgePublic refuses what everybody holds.
func judgePublic(c *catalog) (found []Violation) {
	for _, grant := range c.public {
		found = append(found, Violation{GrantPublic, grant.Object, "PUBLIC holds " + grant.Privilege + " on the " + grant.Kind})
	}
	return found
}
