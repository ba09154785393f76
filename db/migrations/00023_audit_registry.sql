-- What was done is text now, which the nouns in the program say once and which a
-- migration can take back: a value of an enum stays for ever. And seals get a second
-- format, in which what is personal is proven with the help of a secret, so that
-- whoever erases the secret leaves a chain that is whole and proves nothing of anybody
-- (internal/chain/proof.go says how).

-- +goose Up
-- Each of the two rewrites its table, under a lock that readers and writers wait for:
-- about a second for each million rows. No trigger fires by it and no policy bounds it,
-- and the text is what the seals hash already, so every seal stays as it is.
alter table audit_events alter column action type text using action::text,
    add constraint audit_events_action_check check (action ~ '^[a-z][a-z0-9_]{2,49}$');
alter table platform_audit_events alter column action type text using action::text,
    add constraint platform_audit_events_action_check check (action ~ '^[a-z][a-z0-9_]{2,49}$');
drop type audit_action;

-- Whose the row is: whose secret its content is proven with. Null for rows about nobody,
-- and for those that were written before.
alter table audit_events add column subject_id uuid;
alter table platform_audit_events add column subject_id uuid;

-- The secrets of a clinic's log: 32 random bytes for each that its rows are about, and
-- for each who acts. The sealer makes them. No login of the program may change or delete
-- one: whoever erases does it as the owner, and says so in the log.
create table audit_secrets (
    tenant_id  uuid not null default current_tenant() references tenants (id),
    id         uuid not null,
    subject_id uuid not null,
    secret     bytea not null check (length(secret) = 32),
    primary key (tenant_id, id),
    -- The one for what is sealed from now on. After an erasure it is another.
    unique (tenant_id, subject_id)
);
alter table audit_secrets enable row level security;
alter table audit_secrets force row level security;
create policy audit_secrets_tenant on audit_secrets to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
grant select, insert on audit_secrets to frontdesk_tenant;

-- Those of the platform's log. Whoever works in a clinic has one here and another there:
-- either can be erased by itself.
create table platform_audit_secrets (
    id         uuid primary key,
    subject_id uuid not null unique,
    secret     bytea not null check (length(secret) = 32)
);
alter table platform_audit_secrets enable row level security;
alter table platform_audit_secrets force row level security;
create policy platform_audit_secrets_platform on platform_audit_secrets to frontdesk_platform using (true) with check (true);
grant select, insert on platform_audit_secrets to frontdesk_platform;

create trigger never_changed before update or truncate on audit_secrets for each statement execute function refuse_change();
create trigger never_changed before update or truncate on platform_audit_secrets for each statement execute function refuse_change();

-- In the second format a seal names the secrets of its row's content and of its actor,
-- and holds what was made with them. No foreign key: a secret goes before its seals. The
-- default is for copies of the program that still seal in the first.
alter table audit_seals
    add column format smallint not null default 1 check (format in (1, 2)),
    add column content_secret uuid,
    add column content_proof bytea check (length(content_proof) = 32),
    add column actor_secret uuid,
    add column actor_proof bytea check (length(actor_proof) = 32),
    add constraint audit_seals_proofs_check check (
        (content_secret is null) = (content_proof is null) and (actor_secret is null) = (actor_proof is null)
        and (format = 2 or content_secret is null and actor_secret is null));
alter table platform_audit_seals
    add column format smallint not null default 1 check (format in (1, 2)),
    add column content_secret uuid,
    add column content_proof bytea check (length(content_proof) = 32),
    add column actor_secret uuid,
    add column actor_proof bytea check (length(actor_proof) = 32),
    add constraint platform_audit_seals_proofs_check check (
        (content_secret is null) = (content_proof is null) and (actor_secret is null) = (actor_proof is null)
        and (format = 2 or content_secret is null and actor_secret is null));

-- +goose Down
-- No row of a log goes or changes. The program of before cannot read seals of the second
-- format: from the first one of a chain on they are taken away and their rows put on the
-- list again, so that it seals them anew in the first. Run `frontdesk audit verify`
-- before: what somebody changed until now is sealed as it is. The heads that were kept of
-- those positions fit no longer, and the next verification says so, which is true.
alter table audit_events no force row level security;
alter table platform_audit_events no force row level security;
alter table audit_seals no force row level security;
alter table platform_audit_seals no force row level security;
alter table audit_pending no force row level security;
alter table platform_audit_pending no force row level security;
alter table audit_seals disable trigger append_only;
alter table platform_audit_seals disable trigger append_only;

with anew as (
    delete from audit_seals using (select tenant_id, min(position) as first from audit_seals where format = 2 group by tenant_id) as chains
    where audit_seals.tenant_id = chains.tenant_id and audit_seals.position >= chains.first
    returning audit_seals.tenant_id, audit_seals.event_id
)
insert into audit_pending (tenant_id, event_id) select tenant_id, event_id from anew on conflict do nothing;
with anew as (
    delete from platform_audit_seals using (select chain_id, min(position) as first from platform_audit_seals where format = 2 group by chain_id) as chains
    where platform_audit_seals.chain_id = chains.chain_id and platform_audit_seals.position >= chains.first
    returning platform_audit_seals.event_id
)
insert into platform_audit_pending (event_id) select event_id from anew on conflict do nothing;

-- The enum as it was, and behind it what has been recorded since and it does not know:
-- the program of before shows that by its name.
-- +goose StatementBegin
do $$
declare
    known text[] := array[
        'client_read', 'client_create', 'client_update', 'client_export',
        'provider_create', 'provider_update', 'provider_activate', 'provider_deactivate',
        'service_create', 'service_update', 'service_activate', 'service_deactivate',
        'appointment_create', 'appointment_update', 'appointment_cancel',
        'mailbox_create', 'mailbox_update', 'mailbox_activate', 'mailbox_deactivate', 'mailbox_sync',
        'conversation_read', 'conversation_unread',
        'message_create', 'message_receive', 'message_resend', 'message_source',
        'attachment_download',
        'invite_create', 'invite_resend', 'invite_revoke', 'invite_accept', 'invite_delivery',
        'membership_create', 'membership_role', 'membership_remove', 'membership_disable', 'membership_restore',
        'security_update',
        'support_grant', 'support_revoke', 'support_enter', 'support_leave', 'support_view',
        'audit_export',
        'tenant_create', 'tenant_update', 'tenant_suspend', 'tenant_activate', 'tenant_delete', 'tenant_restore',
        'user_create', 'user_update', 'user_suspend', 'user_activate', 'user_delete', 'user_restore',
        'user_promote', 'user_demote', 'user_export', 'tenant_export',
        'session_create', 'session_fail', 'session_lock', 'session_end', 'session_switch',
        'password_update', 'password_rehash', 'password_reset_create', 'password_reset_use',
        'second_factor_create', 'second_factor_delete', 'second_factor_fail', 'recovery_code_create', 'recovery_code_use',
        'passkey_create', 'passkey_delete',
        'job_retry', 'job_cancel'
    ];
    recorded text[];
begin
    select array(select action from audit_events union select action from platform_audit_events
        except select unnest(known) order by action) into recorded;
    execute (select 'create type audit_action as enum (' || string_agg(quote_literal(action), ', ' order by place) || ')'
        from unnest(known || recorded) with ordinality as every(action, place));
end $$;
-- +goose StatementEnd

alter table audit_seals drop column format, drop column content_secret, drop column content_proof, drop column actor_secret, drop column actor_proof;
alter table platform_audit_seals drop column format, drop column content_secret, drop column content_proof, drop column actor_secret, drop column actor_proof;
drop table platform_audit_secrets, audit_secrets;
alter table audit_events drop constraint audit_events_action_check, drop column subject_id, alter column action type audit_action using action::audit_action;
alter table platform_audit_events drop constraint platform_audit_events_action_check, drop column subject_id, alter column action type audit_action using action::audit_action;

alter table audit_seals enable trigger append_only;
alter table platform_audit_seals enable trigger append_only;
alter table audit_pending force row level security;
alter table platform_audit_pending force row level security;
alter table audit_seals force row level security;
alter table platform_audit_seals force row level security;
alter table audit_events force row level security;
alter table platform_audit_events force row level security;
