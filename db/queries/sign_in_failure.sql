-- The platform's door. How long a subject waits grows with its failures beyond the
-- free ones: the first wait, doubled each time, up to the longest.

-- name: SignInFailureCount :one
-- Counts an attempt as failed before its password is looked at, so that of any
-- number of parallel ones no more are looked at than one after the other; a right
-- password takes it back. No row while the subject must wait.
insert into sign_in_failures as kept (subject_hash, subject_kind) values (@subject_hash, @subject_kind)
on conflict (subject_hash) do update set
    failures = case when kept.last_failed_at < now() - sqlc.arg(quiet)::interval then 1 else kept.failures + 1 end,
    last_failed_at = now()
where kept.failures < sqlc.arg(free)::integer
   or kept.last_failed_at + least(sqlc.arg(first_wait)::interval * power(2, least(kept.failures - sqlc.arg(free)::integer, 20)), sqlc.arg(longest_wait)::interval) <= now()
returning failures;

-- name: SignInFailureRefuse :exec
-- Notes the answer. It also makes every refusal write, so that none is quicker.
update sign_in_failures set refused = refused + 1 where subject_hash = @subject_hash;

-- name: SignInFailureLock :one
-- Begins the wait of a subject that has failed too often; no row when it has not,
-- or when that wait has begun already.
update sign_in_failures
set locked_until = last_failed_at + least(sqlc.arg(first_wait)::interval * power(2, least(failures - sqlc.arg(free)::integer, 20)), sqlc.arg(longest_wait)::interval)
where subject_hash = @subject_hash and failures >= sqlc.arg(free)::integer
  and (locked_until is null or locked_until < last_failed_at)
returning failures, locked_until::timestamptz as locked_until;

-- name: SignInFailureForget :exec
delete from sign_in_failures where subject_hash = @subject_hash;

-- name: SignInFailureTakeBack :exec
-- Takes an attempt back that was no failure. Where failures are many enough to wait for,
-- its time is taken back too: it was admitted, so the wait before it had ended.
update sign_in_failures
set failures = greatest(failures - 1, 0),
    last_failed_at = case when failures > sqlc.arg(free)::integer then last_failed_at - sqlc.arg(longest_wait)::interval else last_failed_at end
where subject_hash = @subject_hash;
