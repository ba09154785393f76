-- The platform's door: links that set a new password.

-- name: PasswordResetCreate :one
-- The job that mails the link makes its token, so that it stands nowhere before.
insert into password_resets (id, user_id, token_hash, expires_at)
values (@id, @user_id, @token_hash, now() + @lifetime::interval)
returning expires_at;

-- name: PasswordResetRevoke :exec
-- Whatever link a person has is good no more.
update password_resets set revoked_at = now(), mac = null where user_id = @user_id and used_at is null and revoked_at is null;

-- name: PasswordResetByToken :one
select password_resets.id, password_resets.user_id, password_resets.expires_at, password_resets.mac, users.name, users.email,
       (password_resets.used_at is null and password_resets.revoked_at is null and password_resets.expires_at > now()
        and users.status = 'active')::boolean as good
from password_resets join users on users.id = password_resets.user_id
where password_resets.token_hash = @token_hash;

-- name: PasswordResetUse :one
-- The one statement that uses a link up: of any number of racers one gets the row.
update password_resets set used_at = now()
from users
where password_resets.token_hash = @token_hash and password_resets.used_at is null and password_resets.revoked_at is null
  and password_resets.expires_at > now() and users.id = password_resets.user_id and users.status = 'active'
returning password_resets.id, users.id as user_id, users.name, users.email, password_resets.expires_at, password_resets.mac;

-- name: PasswordResetPerson :one
-- Whom a link may be mailed to, and where: whoever changes the address is done, or
-- waits until the link is stored, and takes it back.
select users.id, users.name, users.email, users.language,
       (select count(*) from password_resets where password_resets.user_id = users.id
        and password_resets.created_at > now() - interval '1 hour') as last_hour
from users where users.id = @id and users.status = 'active' and users.password_hash is not null
for share of users;

-- name: PasswordResetDelivered :exec
update password_resets set delivery = @delivery, delivery_error = @delivery_error where id = @id;

-- name: PasswordResetSetMAC :exec
update password_resets set mac = sqlc.narg(mac) where id = @id;

-- name: PasswordResetVouchNext :many
-- See SessionVouchNext.
select id, user_id, token_hash, expires_at, mac from password_resets
where id > @after and used_at is null and revoked_at is null and expires_at > now()
  and (@every::boolean or mac is null or substr(mac, 1, 8) <> @newest_key::bytea)
order by id limit @page_size
for no key update skip locked;
