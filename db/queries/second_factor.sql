-- The platform's door.

-- name: SecondFactorPerson :one
-- A person, how they prove who they are beside a password, and whether a clinic of
-- theirs asks for that. The sealed secret is empty where there is none; it counts
-- once it is confirmed.
select users.id, users.name, users.email, users.language, users.password_hash, users.super_admin,
       coalesce(second_factors.secret_sealed, '')::bytea as secret_sealed, second_factors.confirmed_at,
       coalesce(second_factors.last_step, 0)::bigint as last_step,
       (select count(*) from recovery_codes where recovery_codes.user_id = users.id and recovery_codes.used_at is null) as codes_left,
       (select count(*) from passkeys where passkeys.user_id = users.id) as passkeys,
       exists (select from memberships
               join tenants on tenants.id = memberships.tenant_id and tenants.status = 'active'
               join security_settings on security_settings.tenant_id = tenants.id and security_settings.require_second_factor
               where memberships.user_id = users.id and memberships.status = 'active') as clinic_requires
from users
left join second_factors on second_factors.user_id = users.id
where users.id = @id and users.status = 'active';

-- name: SecondFactorHeld :one
-- Whether a person proves more than a password.
select has_second_factor(@user_id);

-- name: SecondFactorLock :one
-- Whoever changes a person's second factors waits for those before, so that each
-- knows what the others left.
select id from users where id = @id for no key update;

-- name: SecondFactorBegin :execrows
-- A new secret, in the place of one that was never confirmed; no row when one was.
insert into second_factors as kept (user_id, secret_sealed) values (@user_id, @secret_sealed)
on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, created_at = now()
where kept.confirmed_at is null;

-- name: SecondFactorConfirm :execrows
-- Of two confirmations at once, or of a secret that was replaced meanwhile, none.
update second_factors set confirmed_at = now(), last_step = @step
where user_id = @user_id and confirmed_at is null and secret_sealed = @secret_sealed;

-- name: SecondFactorUse :execrows
-- Takes the code of a time step: once, also among many at the same time.
update second_factors set last_step = @step where user_id = @user_id and confirmed_at is not null and last_step < @step;

-- name: SecondFactorDelete :exec
delete from second_factors where user_id = @user_id;
