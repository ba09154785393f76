-- The platform's door.

-- name: ChallengeCreate :exec
insert into challenges (token_hash, purpose, user_id, data, expires_at)
values (@token_hash, @purpose, sqlc.narg(user_id), @data, now() + @lifetime::interval);

-- name: ChallengeTake :one
-- Whoever takes it is the only one.
delete from challenges
where token_hash = @token_hash and purpose = @purpose and user_id is not distinct from sqlc.narg(user_id) and expires_at > now()
returning data;

-- name: ChallengeShow :one
-- The step between a right password and a session, and what it can be taken with
-- beside a recovery code.
select challenges.data, users.id as user_id, users.name, users.email,
       exists (select from second_factors where second_factors.user_id = users.id and second_factors.confirmed_at is not null) as has_app,
       exists (select from passkeys where passkeys.user_id = users.id) as has_passkey
from challenges join users on users.id = challenges.user_id and users.status = 'active'
where challenges.token_hash = @token_hash and challenges.purpose = 'second_factor' and challenges.expires_at > now();

-- name: ChallengeLock :one
-- Answers to one challenge come one after the other.
select challenges.data, users.id as user_id
from challenges join users on users.id = challenges.user_id and users.status = 'active'
where challenges.token_hash = @token_hash and challenges.purpose = 'second_factor' and challenges.expires_at > now()
for update of challenges;

-- name: ChallengeUpdate :exec
update challenges set data = @data where token_hash = @token_hash;

-- name: ChallengeDelete :exec
delete from challenges where token_hash = @token_hash;

-- name: ChallengeDeleteOfUser :exec
delete from challenges where user_id = @user_id;
