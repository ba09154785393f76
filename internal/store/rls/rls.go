// Package rls checks, in the catalog of a live database, that Postgres keeps
// clinics apart: every table of a clinic under its policy, keys that cannot
// reach over, and two run-time logins that cannot step around any of it. What a
// rule lets through is named in list.go, each entry with its reason.
package rls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/store"
)

// Rule names what is wrong, so that a violation can be looked up.
type Rule string

// The rules, in the order in which their violations are told.
const (
	LoginMissing    Rule = "login-missing"      // a run-time login does not exist
	LoginBypasses   Rule = "login-bypasses"     // it is, or may become, somebody whom policies do not bind
	LoginOwns       Rule = "login-owns"         // it owns, or may become who owns
	LoginCreates    Rule = "login-creates"      // it may create tables, functions or temporary tables
	LoginUncovered  Rule = "login-uncovered"    // it may call functions of Postgres that no policy covers
	LoginSettings   Rule = "login-settings"     // its sessions begin without a limit, or with a setting that nobody has reviewed
	SettingReader   Rule = "setting-reader"     // current_tenant() is missing, altered, or answers without a tenant
	SecurityOff     Rule = "security-off"       // row-level security is not enabled
	SecurityUnsure  Rule = "security-unsure"    // it is not forced, so the owner passes
	TenantNullable  Rule = "tenant-nullable"    // a row could belong to no clinic
	PolicyMissing   Rule = "policy-missing"     // no policy for the tenant login
	PolicyWrong     Rule = "policy-wrong"       // it is not the reviewed one
	PolicyTwice     Rule = "policy-twice"       // a second one is OR-ed to the first
	PolicyPlatform  Rule = "policy-platform"    // a clinic's table has a policy for the platform login
	KeyGlobal       Rule = "key-global"         // a key or unique index is not led by tenant_id
	ForeignKeyPlain Rule = "foreign-key"        // a foreign key between clinics' tables is not led by tenant_id
	TenantReach     Rule = "tenant-reach"       // the tenant login reaches a table that has no tenant_id
	PlatformReach   Rule = "platform-reach"     // the platform login reaches a clinic's table
	GrantTooWide    Rule = "grant-too-wide"     // a run-time login holds TRUNCATE, REFERENCES or TRIGGER
	GrantPublic     Rule = "grant-public"       // everybody holds a privilege
	ViewOwner       Rule = "view-owner"         // a view runs with its owner's rights
	DefinerPath     Rule = "definer-path"       // a SECURITY DEFINER function takes its caller's search_path
	DefinerOwner    Rule = "definer-owner"      // a SECURITY DEFINER function's owner is bound by no policy
	FunctionFolded  Rule = "function-immutable" // an IMMUTABLE function reads the tenant
)

// Violation is one thing that does not hold.
type Violation struct {
	Rule Rule
	// Object is what breaks the rule, as schema.name; a login by its name alone.
	Object string
	// Explanation says what was found and what would be right.
	Explanation string
}

// Table is how one table, or view, stands.
type Table struct {
	Name                string
	ByTenant            bool // it has a tenant_id
	RowSecurity, Forced bool
	Policies            []Policy
	// TenantMay and PlatformMay are the privileges of the two run-time logins, those
	// on single columns, through roles, and of PUBLIC among them.
	TenantMay, PlatformMay []string
	Reviewed               string // why it may differ, from list.go
	ViolationsFoundHere    int
}

// Policy is a row-level security policy, its expressions as Postgres prints them.
type Policy struct {
	Name string
	// Command is ALL, SELECT, INSERT, UPDATE or DELETE.
	Command                string
	ForTenant, ForPlatform bool
	Using, Check           string
}

// Report is what a check found, in a fixed order.
type Report struct {
	Tables     []Table
	Violations []Violation
}

// Logins names the run-time logins that a check judges.
type Logins struct{ Tenant, Platform string }

// RunTime are the logins that the program uses.
var RunTime = Logins{Tenant: store.TenantLogin, Platform: store.PlatformLogin}

// Check connects and checks the run-time logins. Any login that may connect will
// do: the catalog can be read by all.
func Check(ctx context.Context, databaseURL string) (report Report, err error) {
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return Report{}, fmt.Errorf("connect to check row-level security: %w", err)
	}
	defer func() { err = errors.Join(err, connection.Close(context.WithoutCancel(ctx))) }()
	tx, err := connection.Begin(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("begin the check of row-level security: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback(context.WithoutCancel(ctx))) }()
	return CheckLogins(ctx, tx, OneByOne, RunTime)
}

// Transaction is one that is open: what it has changed itself is judged too.
type Transaction interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

// OneByOne asks one question after the other, where store.Tx's Last asks all at once.
func OneByOne(questions ...func() error) error {
	for _, question := range questions {
		if err := question(); err != nil {
			return err
		}
	}
	return nil
}

// CheckLogins checks the given logins in a transaction, whose search path is Postgres's
// own schema from then on. It runs its questions by ask, in their order.
func CheckLogins(ctx context.Context, tx Transaction, ask func(questions ...func() error) error, logins Logins) (Report, error) {
	read, err := readCatalog(ctx, tx, ask, logins)
	if err != nil {
		return Report{}, fmt.Errorf("check row-level security: %w", err)
	}
	return judge(read), nil
}

// judge applies every rule.
func judge(c *catalog) Report {
	var found []Violation
	for _, rule := range []func(*catalog) []Violation{
		judgeLogins, judgeSettingReader, judgeSecurity, judgePolicies, judgeKeys, judgeForeignKeys,
		judgeReach, judgePublic, judgeViews, judgeFunctions,
	} {
		found = append(found, rule(c)...)
	}
	slices.SortStableFunc(found, func(a, b Violation) int {
		return strings.Compare(a.Object+" "+string(a.Rule)+" "+a.Explanation, b.Object+" "+string(b.Rule)+" "+b.Explanation)
	})
	return Report{Tables: tablesOf(c, found), Violations: found}
}

func tablesOf(c *catalog, found []Violation) []Table {
	tables := make([]Table, 0, len(c.relations))
	for _, relation := range c.relations {
		table := Table{
			Name: relation.name(), ByTenant: relation.HasTenantID, RowSecurity: relation.RowSecurity, Forced: relation.Forced,
			Policies: []Policy{}, TenantMay: relation.TenantMay, PlatformMay: relation.PlatformMay, Reviewed: reviewOf(relation.name()),
		}
		for _, policy := range c.policiesOf(relation) {
			table.Policies = append(table.Policies, policy.shown())
		}
		for _, violation := range found {
			if violation.Object == table.Name {
				table.ViolationsFoundHere++
			}
		}
		tables = append(tables, table)
	}
	return tables
}
