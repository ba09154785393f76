-- Which processes work. Each moves its number every few seconds while it lives; one whose
-- number stands still, as the others and the next one see it, has ended without a word,
-- and what it held is free. Nothing of it is an instant, so that no clock that is set, on
-- the database's machine or a program's, ends a lease or keeps one.

-- +goose Up
create table workers (
    -- A process's own id, by which River's jobs name it too (attempted_by).
    id   uuid primary key,
    beat bigint not null
) with (fillfactor = 20); -- a row's next versions find room beside it
grant select, insert, update, delete on workers to frontdesk_platform;
-- A clinic's work asks whether the process that has a mailbox lives still.
grant select (id) on workers to frontdesk_tenant;

-- The process whose sync has the mailbox; null for that of a program of before.
alter table mailboxes add column sync_worker uuid;

-- A sync has its mailbox while its process lives, and in one that hangs until its time.
create function sync_held(held_until timestamptz, worker uuid) returns boolean language sql stable as $$
    select coalesce(held_until > now(), false) and (worker is null or exists (select from workers where workers.id = worker))
$$;

-- +goose Down
drop function sync_held(timestamptz, uuid);
alter table mailboxes drop column sync_worker;
drop table workers;
