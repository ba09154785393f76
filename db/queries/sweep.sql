-- What nobody can use any more is deleted some rows at a time. Rows that a writer
-- holds are left for the next time; the array is made once, where a subquery under
-- IN may be asked again for each row. A row's place is good for one statement, which
-- holds it.

-- name: SweepIdempotencyKeys :execrows
delete from idempotency_keys where ctid = any(array(
    select ctid from idempotency_keys where created_at < now() - @kept::interval limit @most for update skip locked));

-- name: SweepPlatformIdempotencyKeys :execrows
delete from platform_idempotency_keys where ctid = any(array(
    select ctid from platform_idempotency_keys where created_at < now() - @kept::interval limit @most for update skip locked));

-- name: SweepSessions :execrows
delete from sessions where ctid = any(array(
    select ctid from sessions where expires_at < now() or last_seen_at < now() - @idle::interval limit @most for update skip locked));

-- name: SweepChallenges :execrows
delete from challenges where ctid = any(array(
    select ctid from challenges where expires_at < now() limit @most for update skip locked));

-- name: SweepPasswordResets :execrows
-- Used and revoked links run out as well.
delete from password_resets where ctid = any(array(
    select ctid from password_resets where expires_at < now() - @kept::interval limit @most for update skip locked));

-- name: SweepSignInFailures :execrows
delete from sign_in_failures where ctid = any(array(
    select ctid from sign_in_failures where last_failed_at < now() - @quiet::interval limit @most for update skip locked));

-- name: SweepTenantList :many
-- Every clinic, in whatever state.
select id from tenants order by id;
