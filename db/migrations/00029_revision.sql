-- Numbers that say what has changed: a row for each clinic, and one for the console
-- (the zero id), with a number for each area. Who shows something keeps the number
-- beside it, and makes it anew when that has moved. The database raises them itself,
-- whoever writes, once a transaction and as its last step before the commit, so that
-- the row is locked for the commit alone. NOTIFY would take one lock for the whole
-- database there; a number is read in the guard's own question, and through any pooler.
--
-- Each statement that writes adds a note of the clinic and the area, unless the
-- transaction has made it before; the first note's deferred trigger takes the
-- transaction's notes away and raises what they name. A setting that remembers what
-- was noted would be cheaper for many statements, and whoever may write SQL may write
-- a setting: it could hide a change. Nobody has any right on the notes.

-- +goose Up
create table revisions (
    -- No foreign key: the console, the zero id, is no clinic.
    tenant_id uuid primary key,
    calendar  bigint not null default 0,
    clients   bigint not null default 0,
    inbox     bigint not null default 0,
    -- Who works there and how they are called, services, hours, security.
    settings  bigint not null default 0,
    -- The console's own.
    clinics   bigint not null default 0,
    people    bigint not null default 0,
    jobs      bigint not null default 0
) with (fillfactor = 20); -- the row's next versions find room beside it, and no index is written
alter table revisions enable row level security;
alter table revisions force row level security;
create policy revisions_platform on revisions for select to frontdesk_platform using (true);
-- The functions below run as the owner, whom the policies of a forced table bind.
create policy revisions_owner on revisions to current_user using (true) with check (true);
create policy memberships_owner on memberships for select to current_user using (true);
grant select on revisions to frontdesk_platform;

-- What the running transaction has still to raise; nothing of it is ever committed, so
-- it is not logged. The tables themselves cannot carry the deferred trigger: a migration
-- that changes a table's rows and then the table is refused while events are pending.
create unlogged table revision_notes (
    transaction xid8 not null default pg_current_xact_id(),
    clinic      uuid not null,
    area        text not null,
    primary key (transaction, clinic, area)
) with (vacuum_truncate = off); -- it would lock out every writer, to give back one page

-- +goose StatementBegin
-- revision_note notes the clinics of the rows that a statement wrote; the area is its
-- argument.
create function revision_note() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area) select distinct tenant_id, tg_argv[0] from changed on conflict do nothing;
    return null;
end $$;

-- Likewise for an update: a row may have left a clinic for another.
create function revision_note_update() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area)
    select tenant_id, tg_argv[0] from changed union select tenant_id, tg_argv[0] from former on conflict do nothing;
    return null;
end $$;

-- For one row of a table of which some columns show on no page.
create function revision_note_row() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area) values (new.tenant_id, tg_argv[0]), (old.tenant_id, tg_argv[0]) on conflict do nothing;
    return null;
end $$;

-- Emptying a table names no rows: its area moves in every clinic.
create function revision_note_emptied() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area) select tenant_id, tg_argv[0] from revisions on conflict do nothing;
    return null;
end $$;

-- What the console shows.
create function revision_note_console() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area) values ('00000000-0000-0000-0000-000000000000', tg_argv[0]) on conflict do nothing;
    return null;
end $$;

-- A clinic's own row is the console's, and its settings as well.
create function revision_note_clinic() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area)
    values (case tg_op when 'DELETE' then old.id else new.id end, 'settings'), ('00000000-0000-0000-0000-000000000000', 'clinics')
    on conflict do nothing;
    return null;
end $$;

-- A person shows in the console, and in each clinic of theirs.
create function revision_note_person() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    insert into revision_notes (clinic, area)
    select tenant_id, 'settings' from memberships where user_id = case tg_op when 'DELETE' then old.id else new.id end
    union all values ('00000000-0000-0000-0000-000000000000'::uuid, 'people')
    on conflict do nothing;
    return null;
end $$;

-- revision_raise raises what the transaction has noted, clinic by clinic in the order of
-- their ids, since two transactions in other orders would wait for each other. What the
-- clock says keeps a number from coming twice after a restore, or after a fail-over
-- that lost commits. For every note but the first there is nothing left to do.
-- The notes' size is unknown to the planner, which would keep a plan that reads them all.
create function revision_raise() returns trigger language plpgsql security definer
    set search_path = public, pg_catalog set enable_seqscan = off as $$
declare
    number constant bigint := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
    noted  record;
begin
    for noted in
        with taken as (delete from revision_notes where transaction = pg_current_xact_id() returning clinic, area)
        select clinic, array_agg(area) as areas from taken group by clinic order by clinic
    loop
        insert into revisions as kept (tenant_id, calendar, clients, inbox, settings, clinics, people, jobs) values (
            noted.clinic,
            case when 'calendar' = any(noted.areas) then number else 0 end, case when 'clients' = any(noted.areas) then number else 0 end,
            case when 'inbox' = any(noted.areas) then number else 0 end, case when 'settings' = any(noted.areas) then number else 0 end,
            case when 'clinics' = any(noted.areas) then number else 0 end, case when 'people' = any(noted.areas) then number else 0 end,
            case when 'jobs' = any(noted.areas) then number else 0 end)
        on conflict (tenant_id) do update set
            calendar = case excluded.calendar when 0 then kept.calendar else greatest(kept.calendar + 1, number) end,
            clients = case excluded.clients when 0 then kept.clients else greatest(kept.clients + 1, number) end,
            inbox = case excluded.inbox when 0 then kept.inbox else greatest(kept.inbox + 1, number) end,
            settings = case excluded.settings when 0 then kept.settings else greatest(kept.settings + 1, number) end,
            clinics = case excluded.clinics when 0 then kept.clinics else greatest(kept.clinics + 1, number) end,
            people = case excluded.people when 0 then kept.people else greatest(kept.people + 1, number) end,
            jobs = case excluded.jobs when 0 then kept.jobs else greatest(kept.jobs + 1, number) end;
    end loop;
    return null;
end $$;

-- revision_follow has the rows of a clinic's table raise an area: one line in its
-- migration. What is named after it shows on no page: an update of these columns alone
-- raises nothing.
create function revision_follow(followed regclass, area text, variadic beside text[] default '{}') returns void
    language plpgsql set search_path = pg_catalog as $$
begin
    execute format('create trigger revision_insert after insert on %s referencing new table as changed
        for each statement execute function public.revision_note(%L)', followed, area);
    execute format('create trigger revision_delete after delete on %s referencing old table as changed
        for each statement execute function public.revision_note(%L)', followed, area);
    if cardinality(beside) = 0 then
        execute format('create trigger revision_update after update on %s referencing old table as former new table as changed
            for each statement execute function public.revision_note_update(%L)', followed, area);
    else
        execute format('create trigger revision_update after update on %s for each row
            when (to_jsonb(old) - %L::text[] is distinct from to_jsonb(new) - %2$L::text[])
            execute function public.revision_note_row(%L)', followed, beside, area);
    end if;
    execute format('create trigger revision_truncate after truncate on %s
        for each statement execute function public.revision_note_emptied(%L)', followed, area);
end $$;
-- +goose StatementEnd
revoke all on function revision_note(), revision_note_update(), revision_note_row(), revision_note_emptied(), revision_note_console(),
    revision_note_clinic(), revision_note_person(), revision_raise(), revision_follow(regclass, text, text[]) from public;
create constraint trigger revision_raise after insert on revision_notes deferrable initially deferred
    for each row execute function revision_raise();

select revision_follow('appointments', 'calendar');
select revision_follow('clients', 'clients');
select revision_follow('conversations', 'inbox');
select revision_follow('messages', 'inbox');
select revision_follow('attachments', 'inbox');
select revision_follow('mailboxes', 'inbox', 'uidvalidity', 'last_uid', 'sync_started_at', 'sync_requested_at', 'sync_run', 'sync_claimed_until');
select revision_follow('providers', 'settings');
select revision_follow('provider_hours', 'settings');
select revision_follow('provider_services', 'settings');
select revision_follow('services', 'settings');
select revision_follow('invites', 'settings');
select revision_follow('security_settings', 'settings');
select revision_follow('support_grants', 'settings');
select revision_follow('memberships', 'settings');

create trigger revision_people after insert or update or delete on memberships for each row execute function revision_note_console('people');
create trigger revision_write after insert or update or delete on tenants for each row execute function revision_note_clinic();
create trigger revision_write after insert or delete on users for each row execute function revision_note_person();
-- Whoever signs in or chooses a theme moves nobody's page.
create trigger revision_update after update on users for each row
    when (to_jsonb(old) - '{password_hash,language,theme,last_tenant}'::text[] is distinct from to_jsonb(new) - '{password_hash,language,theme,last_tenant}'::text[])
    execute function revision_note_person();
-- A job that is put into the queue raises nothing: it comes with a clinic's own write,
-- and the console has one row, for which all clinics would wait. What becomes of it is
-- written by the workers.
create trigger revision_update after update on river.river_job for each row
    when (old.state is distinct from new.state) execute function revision_note_console('jobs');
create trigger revision_delete after delete on river.river_job for each row execute function revision_note_console('jobs');

alter table tenants no force row level security;
insert into revisions (tenant_id) select id from tenants union all select '00000000-0000-0000-0000-000000000000';
alter table tenants force row level security;

-- +goose Down
-- +goose StatementBegin
do $$
declare
    found record;
begin
    for found in select tgname, tgrelid::regclass as relation from pg_trigger where tgname like 'revision\_%' and not tgisinternal loop
        execute format('drop trigger %I on %s', found.tgname, found.relation);
    end loop;
end $$;
-- +goose StatementEnd
drop policy memberships_owner on memberships;
drop table revision_notes, revisions;
drop function revision_note(), revision_note_update(), revision_note_row(), revision_note_emptied(), revision_note_console(),
    revision_note_clinic(), revision_note_person(), revision_raise(), revision_follow(regclass, text, text[]);
