-- The platform's door.

-- name: RecoveryCodeCreate :exec
insert into recovery_codes (user_id, code_hash) select @user_id, unnest(@hashes::bytea[]);

-- name: RecoveryCodeUse :execrows
-- Once, also among many at the same time.
update recovery_codes set used_at = now() where user_id = @user_id and code_hash = @code_hash and used_at is null;

-- name: RecoveryCodeDelete :exec
delete from recovery_codes where user_id = @user_id;
