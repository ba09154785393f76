package rls

import "frontdesk/internal/store"

// The questions to the catalog. "Ours" is every schema but Postgres's own; what
// an extension brought along is the extension's.

const loginsSQL = `
select name, role.oid is not null,
	array(
		select case when able.rolname = name then '' else 'may become ' || able.rolname || ', which ' end ||
			case when able.rolsuper then 'is a superuser' when able.rolbypassrls then 'has BYPASSRLS' else 'has CREATEROLE' end
		from pg_roles able
		where pg_has_role(role.oid, able.oid, 'member') and (able.rolsuper or able.rolbypassrls or able.rolcreaterole)
		  and (not role.rolsuper or able.oid = role.oid)
		order by able.rolname),
	array(
		select case when able.rolname = name then '' else 'may become ' || able.rolname || ', which ' end || 'owns ' || owned.object
		from pg_roles able
		cross join lateral (
			select nspname || '.' || relname from pg_class join pg_namespace n on n.oid = relnamespace where relowner = able.oid and relkind not in ('i', 'I', 't')
			union all
			select nspname || '.' || proname || '()' from pg_proc join pg_namespace n on n.oid = pronamespace where proowner = able.oid
			union all
			select 'schema ' || nspname from pg_namespace where nspowner = able.oid
			union all
			select 'database ' || datname from pg_database where datdba = able.oid and datname = current_database()
			union all
			select 'large object ' || oid from pg_largeobject_metadata where lomowner = able.oid
		) owned (object)
		where pg_has_role(role.oid, able.oid, 'member') and not role.rolsuper and not able.rolsuper
		order by 1),
	array(
		select 'CREATE on schema ' || nspname from pg_namespace
		where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege(role.oid, oid, 'CREATE')
		union all
		select privilege || ' on the database' from unnest(array['CREATE', 'TEMPORARY']) privilege
		where has_database_privilege(role.oid, current_database(), privilege)
		order by 1),
	array(
		select oid::regprocedure::text from pg_proc
		where ` + store.OpenToAll + ` and has_function_privilege(role.oid, oid, 'EXECUTE') and not role.rolsuper
		order by 1),
	array(
		select distinct setting from pg_db_role_setting, unnest(setconfig) setting
		where setrole = role.oid and setdatabase in (0, (select oid from pg_database where datname = current_database()))
		order by 1)
from unnest($1::text[]) name left join pg_roles role on role.rolname = name
order by name`

// A relation's privileges are asked for each login by name, so that a login
// which does not exist reaches nothing instead of failing the question.
const relationsSQL = `
with login as (
	select (select oid from pg_roles where rolname = $1) as tenant, (select oid from pg_roles where rolname = $2) as platform
)
select c.oid, n.nspname::text, c.relname::text, c.relkind::text,
	tenant_id.attnum is not null, coalesce(not tenant_id.attnotnull, false),
	c.relrowsecurity, c.relforcerowsecurity,
	exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value::boolean),
	array(
		select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
		where has_table_privilege(login.tenant, c.oid, privilege)
		   or privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(login.tenant, c.oid, privilege)),
	array(
		select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
		where has_table_privilege(login.platform, c.oid, privilege)
		   or privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(login.platform, c.oid, privilege)),
	array(
		select attname::text from pg_attribute
		where attrelid = c.oid and attnum > 0 and not attisdropped and has_column_privilege(login.tenant, c.oid, attnum, 'SELECT')
		order by attname),
	array(
		select attname::text from pg_attribute
		where attrelid = c.oid and attnum > 0 and not attisdropped and has_column_privilege(login.tenant, c.oid, attnum, 'UPDATE')
		order by attname)
from login, pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute tenant_id on tenant_id.attrelid = c.oid and tenant_id.attname = 'tenant_id' and not tenant_id.attisdropped
where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
order by n.nspname, c.relname`

const policiesSQL = `
select polrelid, polname::text, polcmd::text, polpermissive,
	coalesce(pg_get_expr(polqual, polrelid), ''), coalesce(pg_get_expr(polwithcheck, polrelid), ''),
	exists (select from unnest(polroles) r where r = 0 or pg_has_role((select oid from pg_roles where rolname = $1), r, 'member')),
	exists (select from unnest(polroles) r where r = 0 or pg_has_role((select oid from pg_roles where rolname = $2), r, 'member'))
from pg_policy
order by polrelid, polname`

const keysSQL = `
select i.indrelid, c.relname::text, coalesce(a.attname::text, ''),
	case when i.indisprimary then 'primary key' when i.indisexclusion then 'exclusion constraint' else 'unique index' end
from pg_index i
join pg_class c on c.oid = i.indexrelid
left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attnum > 0
where i.indisunique or i.indisexclusion
order by c.relname`

const foreignKeysSQL = `
select k.conrelid, k.confrelid, k.conname::text, f.attname::text, t.attname::text
from pg_constraint k
join pg_attribute f on f.attrelid = k.conrelid and f.attnum = k.conkey[1]
join pg_attribute t on t.attrelid = k.confrelid and t.attnum = k.confkey[1]
where k.contype = 'f'
order by k.conname`

const functionsSQL = `
select n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid),
	p.prosecdef, p.provolatile = 'i', p.provolatile = 's',
	exists (select from unnest(p.proconfig) setting where setting like 'search_path=%'),
	owner.rolname::text, owner.rolsuper or owner.rolbypassrls,
	pg_get_functiondef(p.oid), coalesce(pg_get_function_sqlbody(p.oid), '')
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_roles owner on owner.oid = p.proowner
where p.prokind in ('f', 'p', 'w') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
order by 1, 2, 3`

const publicSQL = `
select n.nspname || '.' || c.relname, case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end, acl.privilege_type
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
	select grantee, privilege_type from aclexplode(c.relacl)
	union
	select grantee, privilege_type from pg_attribute, aclexplode(attacl) where attrelid = c.oid and not attisdropped
) acl
where acl.grantee = 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
union all
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'SECURITY DEFINER function', acl.privilege_type
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
where p.prosecdef and acl.grantee = 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
order by 1, 3`
