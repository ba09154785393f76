-- name: AuditEventCreate :exec
-- The tenant's door: an event of the clinic's own log.
insert into audit_events (id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, subject_id,
                          before, after, reason, ip, user_agent, request_id)
values (@id, @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name, sqlc.narg(subject_id),
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);

-- name: AuditEventCreateOfTenant :exec
-- The platform's door: the platform adds to a clinic's log and cannot read it.
insert into audit_events (tenant_id, id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, subject_id,
                          before, after, reason, ip, user_agent, request_id)
values (@tenant_id, @id, @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name, sqlc.narg(subject_id),
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);

-- name: PlatformAuditEventCreate :exec
-- The platform's door.
insert into platform_audit_events (id, tenant_id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, subject_id,
                                   before, after, reason, ip, user_agent, request_id)
values (@id, sqlc.narg(tenant_id), @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name, sqlc.narg(subject_id),
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);

-- name: AuditChainLock :one
-- Either door. Whether this transaction may append to a chain; another that may
-- is passed by, not waited for.
select pg_try_advisory_xact_lock(hashtextextended('audit seal:' || @chain::text, 0));

-- name: AuditPendingExists :one
-- The platform's door: whether either log has something to seal.
select (exists (select from audit_pending) or exists (select from platform_audit_pending))::boolean as waits;

-- name: AuditPendingTenantList :many
-- The platform's door: which clinics have something to seal, the longest waiting
-- first (ids are made in the order of time).
select tenant_id from audit_pending group by tenant_id order by min(event_id::text), tenant_id;

-- name: AuditPendingList :many
-- The tenant's door: what is to be sealed, the oldest first. A row that has its
-- seal is still here when a run was cut before it took it off the list.
select coalesce(seals.position, 0)::bigint as position, seals.previous_hash, seals.hash, seals.mac, true::boolean as found, events.id as event_id,
       coalesce(seals.format, 0)::smallint as format, seals.content_secret, seals.content_proof, null::bytea as content_key,
       seals.actor_secret, seals.actor_proof, null::bytea as actor_key, events.subject_id,
       coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id, events.occurred_at, events.actor_kind, events.actor_id,
       events.actor_name, events.action, events.target_kind, events.target_id,
       events.target_name, events.before, events.after, events.reason,
       coalesce(events.ip::text, '')::text as ip, events.user_agent, events.request_id
from audit_pending as pending
join audit_events as events on events.tenant_id = pending.tenant_id and events.id = pending.event_id
left join audit_seals as seals on seals.tenant_id = pending.tenant_id and seals.event_id = pending.event_id
order by events.occurred_at, events.id
limit @most;

-- name: AuditPendingDelete :exec
-- The platform's door.
delete from audit_pending
using (select unnest(@tenant_ids::uuid[]) as tenant_id, unnest(@event_ids::uuid[]) as event_id) as settled
where audit_pending.tenant_id = settled.tenant_id and audit_pending.event_id = settled.event_id;

-- name: AuditSealEnd :one
-- The tenant's door: the last seal of the clinic's chain; position 0 for none.
select coalesce(latest.position, 0)::bigint as position, coalesce(latest.hash, '')::bytea as hash
from (select 1) as one
left join lateral (select position, hash from audit_seals order by position desc limit 1) as latest on true;

-- name: AuditSealHashList :many
-- The tenant's door: the seals at these places.
select position, hash from audit_seals where position = any(@positions::bigint[]);

-- name: PlatformAuditHeadLostList :many
-- The platform's door: those of these seals that their chains have not.
select heads.chain_id::uuid as chain_id, heads.position::bigint as position, heads.hash::bytea as hash
from (select unnest(@chain_ids::uuid[]) as chain_id, unnest(@positions::bigint[]) as position, unnest(@hashes::bytea[]) as hash) as heads
left join platform_audit_seals as seals on seals.chain_id = heads.chain_id and seals.position = heads.position and seals.hash = heads.hash
where seals.position is null
order by heads.chain_id, heads.position;

-- name: AuditSealCreate :exec
insert into audit_seals (position, event_id, previous_hash, hash, mac, format, content_secret, content_proof, actor_secret, actor_proof)
select unnest(@positions::bigint[]), unnest(@event_ids::uuid[]), unnest(@previous_hashes::bytea[]), unnest(@hashes::bytea[]), unnest(@macs::bytea[]), @format::smallint,
       nullif(unnest(@content_secrets::uuid[]), '00000000-0000-0000-0000-000000000000'), nullif(unnest(@content_proofs::bytea[]), ''),
       nullif(unnest(@actor_secrets::uuid[]), '00000000-0000-0000-0000-000000000000'), nullif(unnest(@actor_proofs::bytea[]), '');

-- name: PlatformAuditPendingList :many
-- The platform's door, without the chains that are stopped. Zero stands for the tenant
-- of rows that are about none.
select coalesce(seals.position, 0)::bigint as position, seals.previous_hash, seals.hash, seals.mac, true::boolean as found, events.id as event_id,
       coalesce(seals.format, 0)::smallint as format, seals.content_secret, seals.content_proof, null::bytea as content_key,
       seals.actor_secret, seals.actor_proof, null::bytea as actor_key, events.subject_id,
       coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id, events.occurred_at, events.actor_kind, events.actor_id,
       events.actor_name, events.action, events.target_kind, events.target_id,
       events.target_name, events.before, events.after, events.reason,
       coalesce(events.ip::text, '')::text as ip, events.user_agent, events.request_id
from platform_audit_pending as pending
join platform_audit_events as events on events.id = pending.event_id
left join platform_audit_seals as seals on seals.event_id = pending.event_id
where coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000') <> all(@stopped::uuid[])
order by events.occurred_at, events.id
limit @most;

-- name: PlatformAuditPendingDelete :exec
delete from platform_audit_pending where event_id = any(@event_ids::uuid[]);

-- name: PlatformAuditSealEnds :many
-- The last seals of chains that have one.
select chains.id::uuid as chain_id, latest.position, latest.hash
from (select unnest(@chain_ids::uuid[]) as id) as chains
cross join lateral (
    select seals.position, seals.hash from platform_audit_seals as seals
    where seals.chain_id = chains.id order by seals.position desc limit 1
) as latest;

-- name: PlatformAuditSealCreate :exec
insert into platform_audit_seals (chain_id, position, event_id, previous_hash, hash, mac, format, content_secret, content_proof, actor_secret, actor_proof)
select @chain_id, unnest(@positions::bigint[]), unnest(@event_ids::uuid[]), unnest(@previous_hashes::bytea[]), unnest(@hashes::bytea[]), unnest(@macs::bytea[]), @format::smallint,
       nullif(unnest(@content_secrets::uuid[]), '00000000-0000-0000-0000-000000000000'), nullif(unnest(@content_proofs::bytea[]), ''),
       nullif(unnest(@actor_secrets::uuid[]), '00000000-0000-0000-0000-000000000000'), nullif(unnest(@actor_proofs::bytea[]), '');

-- name: AuditSecretList :many
-- The tenant's door: the secrets with which what is sealed now is proven.
select id, subject_id, secret from audit_secrets where subject_id = any(@subject_ids::uuid[]);

-- name: AuditSecretCreate :exec
insert into audit_secrets (id, subject_id, secret)
select unnest(@ids::uuid[]), unnest(@subject_ids::uuid[]), unnest(@secrets::bytea[]);

-- name: PlatformAuditSecretList :many
-- The platform's door: likewise.
select id, subject_id, secret from platform_audit_secrets where subject_id = any(@subject_ids::uuid[]);

-- name: AuditSecretListLeft :many
-- The tenant's door: those of these secrets that are there, and what time it is.
select id, clock_timestamp()::timestamptz as now from audit_secrets where id = any(@ids::uuid[]) order by id;

-- name: PlatformAuditSecretListLeft :many
-- The platform's door: likewise.
select id, clock_timestamp()::timestamptz as now from platform_audit_secrets where id = any(@ids::uuid[]) order by id;

-- name: PlatformAuditSecretCreate :exec
insert into platform_audit_secrets (id, subject_id, secret)
select unnest(@ids::uuid[]), unnest(@subject_ids::uuid[]), unnest(@secrets::bytea[]);

-- name: AuditEventListByID :many
-- The tenant's door: rows that an erasure names.
select * from audit_events where id = any(@ids::uuid[]);

-- name: PlatformAuditEventListByID :many
-- The platform's door: likewise.
select * from platform_audit_events where id = any(@ids::uuid[]);

-- name: AuditSealList :many
-- The tenant's door: the chain in its order, each seal with its row, if that is
-- still there.
select seals.position, seals.previous_hash, seals.hash, seals.mac, (events.id is not null)::boolean as found, seals.event_id,
       coalesce(seals.format, 0)::smallint as format, seals.content_secret, seals.content_proof, content.secret as content_key,
       seals.actor_secret, seals.actor_proof, acting.secret as actor_key, events.subject_id,
       coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id, coalesce(events.occurred_at, seals.sealed_at)::timestamptz as occurred_at, coalesce(events.actor_kind, '')::text as actor_kind, events.actor_id,
       coalesce(events.actor_name, '')::text as actor_name, coalesce(events.action, '')::text as action, coalesce(events.target_kind, '')::text as target_kind, events.target_id,
       coalesce(events.target_name, '')::text as target_name, events.before, events.after, coalesce(events.reason, '')::text as reason,
       coalesce(events.ip::text, '')::text as ip, coalesce(events.user_agent, '')::text as user_agent, coalesce(events.request_id, '')::text as request_id
from audit_seals as seals
left join audit_events as events on events.tenant_id = seals.tenant_id and events.id = seals.event_id
left join audit_secrets as content on content.tenant_id = seals.tenant_id and content.id = seals.content_secret
    and content.subject_id = events.subject_id
left join audit_secrets as acting on acting.tenant_id = seals.tenant_id and acting.id = seals.actor_secret
    and acting.subject_id = coalesce(events.actor_id, events.subject_id)
where seals.position > @after_position
order by seals.position
limit @most;

-- name: PlatformAuditSealList :many
-- The platform's door: one chain in its order.
select seals.position, seals.previous_hash, seals.hash, seals.mac, (events.id is not null)::boolean as found, seals.event_id,
       coalesce(seals.format, 0)::smallint as format, seals.content_secret, seals.content_proof, content.secret as content_key,
       seals.actor_secret, seals.actor_proof, acting.secret as actor_key, events.subject_id,
       coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id, coalesce(events.occurred_at, seals.sealed_at)::timestamptz as occurred_at, coalesce(events.actor_kind, '')::text as actor_kind, events.actor_id,
       coalesce(events.actor_name, '')::text as actor_name, coalesce(events.action, '')::text as action, coalesce(events.target_kind, '')::text as target_kind, events.target_id,
       coalesce(events.target_name, '')::text as target_name, events.before, events.after, coalesce(events.reason, '')::text as reason,
       coalesce(events.ip::text, '')::text as ip, coalesce(events.user_agent, '')::text as user_agent, coalesce(events.request_id, '')::text as request_id
from platform_audit_seals as seals
left join platform_audit_events as events on events.id = seals.event_id
left join platform_audit_secrets as content on content.id = seals.content_secret and content.subject_id = events.subject_id
left join platform_audit_secrets as acting on acting.id = seals.actor_secret and acting.subject_id = coalesce(events.actor_id, events.subject_id)
where seals.chain_id = @chain_id and seals.position > @after_position
order by seals.position
limit @most;

-- name: AuditSealedList :many
-- The tenant's door: every row in the order of ids, and whether it is sealed, is
-- still to be, and has waited for that longer than a minute, or says that it is of later.
select events.id, (seals.event_id is not null)::boolean as sealed, (pending.event_id is not null)::boolean as pending,
       (events.occurred_at not between now() - interval '1 minute' and now() + interval '1 minute')::boolean as late
from audit_events as events
left join audit_seals as seals on seals.tenant_id = events.tenant_id and seals.event_id = events.id
left join audit_pending as pending on pending.tenant_id = events.tenant_id and pending.event_id = events.id
where events.id > @after_id
order by events.id
limit @most;

-- name: PlatformAuditSealedList :many
-- The platform's door: likewise, of all its chains.
select events.id, (seals.event_id is not null)::boolean as sealed, (pending.event_id is not null)::boolean as pending,
       (events.occurred_at not between now() - interval '1 minute' and now() + interval '1 minute')::boolean as late,
       coalesce(events.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as tenant_id
from platform_audit_events as events
left join platform_audit_seals as seals on seals.event_id = events.id
left join platform_audit_pending as pending on pending.event_id = events.id
where events.id > @after_id
order by events.id
limit @most;

-- name: AuditPendingLostList :many
-- The tenant's door: what was to be sealed and is gone.
select pending.event_id from audit_pending as pending
left join audit_events as events on events.tenant_id = pending.tenant_id and events.id = pending.event_id
where events.id is null order by pending.event_id limit 100;

-- name: PlatformAuditPendingLostList :many
select pending.event_id from platform_audit_pending as pending
left join platform_audit_events as events on events.id = pending.event_id
where events.id is null order by pending.event_id limit 100;

-- name: AuditTenantList :many
-- The platform's door: every tenant that has ever been, whatever its state.
select id from tenants order by id;

-- name: AuditEventListNewest :many
-- The tenant's door: a page of the clinic's log, the newest first. An empty filter
-- leaves nothing out.
select * from audit_events
where audit_events.occurred_at >= @since::timestamptz and audit_events.occurred_at < @until::timestamptz
  and (sqlc.narg(actor_id)::uuid is null or audit_events.actor_id = sqlc.narg(actor_id)::uuid)
  and (@actor_kind::text = '' or audit_events.actor_kind = @actor_kind::text)
  and (@action::text = '' or audit_events.action = @action::text)
  and (sqlc.narg(target_id)::uuid is null or audit_events.target_id = sqlc.narg(target_id)::uuid)
  and (@search::text = '' or strpos(folded(audit_events.target_name), @search) > 0 or strpos(folded(audit_events.actor_name), @search) > 0)
  and (audit_events.occurred_at, audit_events.id) < (@at::timestamptz, @id::uuid)
order by audit_events.occurred_at desc, audit_events.id desc
limit @most;

-- name: AuditEventListOldest :many
-- The same, the other way, to go back.
select * from audit_events
where audit_events.occurred_at >= @since::timestamptz and audit_events.occurred_at < @until::timestamptz
  and (sqlc.narg(actor_id)::uuid is null or audit_events.actor_id = sqlc.narg(actor_id)::uuid)
  and (@actor_kind::text = '' or audit_events.actor_kind = @actor_kind::text)
  and (@action::text = '' or audit_events.action = @action::text)
  and (sqlc.narg(target_id)::uuid is null or audit_events.target_id = sqlc.narg(target_id)::uuid)
  and (@search::text = '' or strpos(folded(audit_events.target_name), @search) > 0 or strpos(folded(audit_events.actor_name), @search) > 0)
  and (audit_events.occurred_at, audit_events.id) > (@at::timestamptz, @id::uuid)
order by audit_events.occurred_at, audit_events.id
limit @most;

-- name: AuditEventGet :one
select * from audit_events where id = @id;

-- name: AuditActorList :many
-- The tenant's door: who is or was of the team, for the filter.
select users.id, users.name from memberships join users on users.id = memberships.user_id
order by users.name collate "und-x-icu", users.id limit 500;

-- name: PlatformAuditEventListNewest :many
-- The platform's door: a page of its log, the newest first, with the tenant that
-- each row is about.
select sqlc.embed(platform_audit_events), coalesce(tenants.name, '')::text as tenant_name
from platform_audit_events
left join tenants on tenants.id = platform_audit_events.tenant_id
where platform_audit_events.occurred_at >= @since::timestamptz and platform_audit_events.occurred_at < @until::timestamptz
  and (sqlc.narg(actor_id)::uuid is null or platform_audit_events.actor_id = sqlc.narg(actor_id)::uuid)
  and (@actor_kind::text = '' or platform_audit_events.actor_kind = @actor_kind::text)
  and (@action::text = '' or platform_audit_events.action = @action::text)
  and (sqlc.narg(target_id)::uuid is null or platform_audit_events.target_id = sqlc.narg(target_id)::uuid)
  and (@search::text = '' or strpos(folded(platform_audit_events.target_name), @search) > 0 or strpos(folded(platform_audit_events.actor_name), @search) > 0)
  and (sqlc.narg(about_id)::uuid is null or tenants.id = sqlc.narg(about_id)::uuid)
  and (platform_audit_events.occurred_at, platform_audit_events.id) < (@at::timestamptz, @id::uuid)
order by platform_audit_events.occurred_at desc, platform_audit_events.id desc
limit @most;

-- name: PlatformAuditEventListOldest :many
-- The same, the other way, to go back.
select sqlc.embed(platform_audit_events), coalesce(tenants.name, '')::text as tenant_name
from platform_audit_events
left join tenants on tenants.id = platform_audit_events.tenant_id
where platform_audit_events.occurred_at >= @since::timestamptz and platform_audit_events.occurred_at < @until::timestamptz
  and (sqlc.narg(actor_id)::uuid is null or platform_audit_events.actor_id = sqlc.narg(actor_id)::uuid)
  and (@actor_kind::text = '' or platform_audit_events.actor_kind = @actor_kind::text)
  and (@action::text = '' or platform_audit_events.action = @action::text)
  and (sqlc.narg(target_id)::uuid is null or platform_audit_events.target_id = sqlc.narg(target_id)::uuid)
  and (@search::text = '' or strpos(folded(platform_audit_events.target_name), @search) > 0 or strpos(folded(platform_audit_events.actor_name), @search) > 0)
  and (sqlc.narg(about_id)::uuid is null or tenants.id = sqlc.narg(about_id)::uuid)
  and (platform_audit_events.occurred_at, platform_audit_events.id) > (@at::timestamptz, @id::uuid)
order by platform_audit_events.occurred_at, platform_audit_events.id
limit @most;

-- name: PlatformAuditEventGet :one
select sqlc.embed(platform_audit_events), coalesce(tenants.name, '')::text as tenant_name
from platform_audit_events
left join tenants on tenants.id = platform_audit_events.tenant_id
where platform_audit_events.id = @id;

-- name: AuditPersonByEmail :one
-- The platform's door: whom a filter names.
select id from users where email = @email;

-- name: AuditTenantBySlug :one
-- The platform's door: which clinic a filter names.
select id from tenants where slug = @slug;
