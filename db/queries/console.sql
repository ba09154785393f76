-- The platform's door: the installation at a glance.

-- name: ConsoleCounts :one
select (select count(*) from tenants where status = 'active') as tenants_active,
       (select count(*) from tenants where status = 'suspended') as tenants_suspended,
       (select count(*) from tenants where status = 'deleted') as tenants_deleted,
       (select count(*) from users where status = 'active') as users_active,
       (select count(*) from users where status = 'suspended') as users_suspended,
       (select count(*) from users where status = 'deleted') as users_deleted,
       (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as invites_open,
       (select count(*) from invites where delivery = 'failed' and created_at > now() - interval '7 days') as invites_failed,
       (select count(*) from password_resets where delivery = 'failed' and created_at > now() - interval '7 days') as resets_failed;

-- name: ConsoleTenantList :many
-- The newest clinics.
select id, name, slug, status, created_at from tenants order by created_at desc, id desc limit @page_size;

-- name: ConsoleEventList :many
-- The latest rows of the platform's log.
select id, occurred_at, actor_kind, actor_name, action, target_name, reason
from platform_audit_events order by occurred_at desc, id desc limit @page_size;
