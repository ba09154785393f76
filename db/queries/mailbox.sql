-- The clinic's mail accounts, and how far each has been read.

-- name: MailboxList :many
select id, name, address, imap_host, active, sync_requested_at, sync_started_at, sync_finished_at, sync_error
from mailboxes order by active desc, name, id;

-- name: MailboxGet :one
select id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, active,
       sync_requested_at, sync_started_at, sync_finished_at, sync_error, version
from mailboxes where id = @id;

-- name: MailboxPassword :one
select password_sealed from mailboxes where id = @id;

-- name: MailboxCreate :exec
insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username,
                       password_sealed, sync_requested_at)
values (@id, @name, @address, @imap_host, @imap_port, @imap_security, @smtp_host, @smtp_port, @smtp_security, @username,
        @password_sealed, now());

-- name: MailboxUpdate :one
-- A sync that runs loses the mailbox. Without a new password the old one stays.
update mailboxes
set name = @name, address = @address, imap_host = @imap_host, imap_port = @imap_port, imap_security = @imap_security,
    smtp_host = @smtp_host, smtp_port = @smtp_port, smtp_security = @smtp_security, username = @username,
    password_sealed = coalesce(sqlc.narg('password_sealed')::bytea, password_sealed),
    version = version + 1, updated_at = now(), sync_run = null, sync_worker = null, sync_claimed_until = null, sync_failures = 0, sync_requested_at = now()
where id = @id and version = @version
returning version;

-- name: MailboxForget :exec
-- The mailbox now names another account, in which UIDs mean something else.
update mailboxes set uidvalidity = null, last_uid = 0, trying_uid = 0, tries = 0 where id = @id;

-- name: MailboxForgetMessages :exec
-- What was read from the account before stays, and no UID of the new one meets it.
update messages set uidvalidity = null, uid = null where mailbox_id = @id and uid is not null;

-- name: MailboxSetActive :exec
-- The second of two presses changes nothing, and leaves every open form as good as it was.
update mailboxes
set active = @active, sync_run = null, sync_worker = null, sync_claimed_until = null, sync_failures = 0, version = version + 1, updated_at = now()
where id = @id and active <> @active;

-- name: MailboxRequestSync :execrows
update mailboxes set sync_requested_at = now() where id = @id and active;

-- name: MailboxListDue :many
-- The longest unread first. One that failed waits twice as long each time, up to
-- an hour.
select mailboxes.id from mailboxes
where mailboxes.active and exists (select from tenants where tenants.status = 'active')
  and (sync_failures = 0 or sync_finished_at is null
       or sync_finished_at + least('1 hour'::interval, (1 << least(mailboxes.sync_failures, 10)) * sqlc.arg('every')::interval) <= now())
order by sync_finished_at nulls first, id;

-- name: MailboxClaim :one
-- Takes the mailbox for one sync. No row: another has it, it is switched off, the
-- clinic is not active, or as many of the clinic's mailboxes are being read as may
-- be at a time.
update mailboxes
set sync_run = @run::uuid, sync_worker = sqlc.narg(worker)::uuid, sync_started_at = now(), sync_claimed_until = now() + @lease::interval
where mailboxes.id = @id and mailboxes.active and not sync_held(mailboxes.sync_claimed_until, mailboxes.sync_worker)
  and exists (select from tenants where tenants.status = 'active')
  and (select count(*) from mailboxes as others where sync_held(others.sync_claimed_until, others.sync_worker)) < @at_a_time::int
returning mailboxes.id, mailboxes.imap_host, mailboxes.imap_port, mailboxes.imap_security, mailboxes.username,
          mailboxes.password_sealed, mailboxes.uidvalidity, mailboxes.last_uid, mailboxes.sync_failures;

-- name: MailboxRefusal :one
-- Why a claim found no row.
select active, sync_held(sync_claimed_until, sync_worker)::boolean as claimed,
       exists (select from tenants where tenants.status = 'active') as tenant_active
from mailboxes where mailboxes.id = @id;

-- name: MailboxRenew :execrows
-- The server has numbered its messages anew: all are read again.
update mailboxes set uidvalidity = @uidvalidity::bigint, last_uid = 0, trying_uid = 0, tries = 0 where id = @id and sync_run = @run::uuid;

-- name: MailboxTry :one
-- The reading begins at a message; tries is how often it has, without getting past.
update mailboxes set tries = case when trying_uid = @uid::bigint then tries + 1 else 1 end, trying_uid = @uid::bigint
where id = @id and sync_run = @run::uuid
returning tries;

-- name: MailboxAdvance :execrows
-- The next one of the portion, if any, has been asked for as well.
update mailboxes
set last_uid = greatest(last_uid, @uid::bigint), trying_uid = @next::bigint, tries = case when @next::bigint = 0 then 0 else 1 end
where id = @id and sync_run = @run::uuid;

-- name: MailboxFinish :execrows
update mailboxes
set sync_run = null, sync_worker = null, sync_claimed_until = null, sync_error = @reason::text, sync_finished_at = now(),
    sync_failures = case when @reason::text = '' then 0 else sync_failures + 1 end, tries = greatest(0, tries - @untried::integer)
where id = @id and sync_run = @run::uuid;

-- name: MailboxPause :execrows
-- The sync goes on a moment later. Untried is 1 where the reading ended for a reason that
-- is not the message's at which it was.
update mailboxes
set sync_run = null, sync_worker = null, sync_claimed_until = null, sync_failures = @failures, sync_error = '', tries = greatest(0, tries - @untried::integer)
where id = @id and sync_run = @run::uuid;

-- name: MailboxLock :one
-- What the log keeps of a mailbox, held until the transaction ends.
select name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, active
from mailboxes where id = @id for update;
