-- The platform's door.

-- name: PasskeyList :many
select id, name, credential, created_at, last_used_at from passkeys where user_id = @user_id order by created_at, id;

-- name: PasskeyCreate :exec
insert into passkeys (id, user_id, credential_id, credential, name) values (@id, @user_id, @credential_id, @credential, @name);

-- name: PasskeyByCredential :one
-- The passkey that a browser shows, and whose it is. Locked, so that its counter
-- is compared by one sign-in at a time.
select passkeys.id, passkeys.name, passkeys.credential, users.id as user_id, users.name as user_name, users.email as user_email
from passkeys join users on users.id = passkeys.user_id and users.status = 'active'
where passkeys.credential_id = @credential_id
for update of passkeys;

-- name: PasskeyUse :exec
update passkeys set credential = @credential, last_used_at = now() where id = @id;

-- name: PasskeyShow :one
select id, name from passkeys where id = @id and user_id = @user_id;

-- name: PasskeyDelete :one
delete from passkeys where id = @id and user_id = @user_id returning name;

-- name: PasskeyDeleteOfUser :exec
delete from passkeys where user_id = @user_id;
