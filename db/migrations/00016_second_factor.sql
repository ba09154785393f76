-- How people prove that they are who they are, beside a password. All of it is
-- for the platform's login alone: nobody in a clinic needs any of it.

-- +goose Up
-- The shared secret of an authenticator app (TOTP, RFC 6238).
create table second_factors (
    user_id       uuid primary key references users (id),
    -- AES-256-GCM; the row and column are authenticated with it.
    secret_sealed bytea not null,
    -- Null until the first code proved that the app has the secret.
    confirmed_at  timestamptz,
    -- The time step of the last code that was taken: none is good twice
    -- (RFC 6238, 5.2; hazard 9).
    last_step     bigint not null default 0,
    created_at    timestamptz not null default now()
);
alter table second_factors enable row level security;
alter table second_factors force row level security;
create policy second_factors_platform on second_factors to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on second_factors to frontdesk_platform;

-- Codes for who lost the app, each good once. Only hashes are kept.
create table recovery_codes (
    user_id    uuid not null references users (id),
    code_hash  bytea not null check (length(code_hash) = 32),
    used_at    timestamptz,
    created_at timestamptz not null default now(),
    primary key (user_id, code_hash)
);
alter table recovery_codes enable row level security;
alter table recovery_codes force row level security;
create policy recovery_codes_platform on recovery_codes to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on recovery_codes to frontdesk_platform;

-- Passkeys (WebAuthn level 2).
create table passkeys (
    id            uuid primary key,
    user_id       uuid not null references users (id),
    -- The authenticator's own name of the credential; global by nature.
    credential_id bytea not null unique,
    -- The public key, flags and counter, as the WebAuthn library writes them.
    credential    jsonb not null,
    name          text not null check (length(name) between 1 and 100),
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz
);
create index passkeys_user on passkeys (user_id);
alter table passkeys enable row level security;
alter table passkeys force row level security;
create policy passkeys_platform on passkeys to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on passkeys to frontdesk_platform;

-- A step between two requests of signing in or enrolling. It is deleted when it
-- is used, so that nothing is answered twice.
create table challenges (
    -- SHA-256 of the random value in the browser's cookie.
    token_hash bytea primary key check (length(token_hash) = 32),
    purpose    text not null check (purpose in ('second_factor', 'passkey_sign_in', 'passkey_registration')),
    -- Whose it is; null where a passkey will say who.
    user_id    uuid references users (id),
    data       jsonb not null default '{}',
    expires_at timestamptz not null
);
create index challenges_expiry on challenges (expires_at);
alter table challenges enable row level security;
alter table challenges force row level security;
create policy challenges_platform on challenges to frontdesk_platform using (true) with check (true);
grant select, insert, update, delete on challenges to frontdesk_platform;

-- What a clinic asks of its people's sign-in. The guard reads it with the session.
create table security_settings (
    tenant_id             uuid primary key default current_tenant() references tenants (id),
    require_second_factor boolean not null default false,
    updated_at            timestamptz not null default now()
);
alter table security_settings enable row level security;
alter table security_settings force row level security;
create policy security_settings_tenant on security_settings to frontdesk_tenant
    using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy security_settings_platform on security_settings for select to frontdesk_platform using (true);
grant select, insert, update on security_settings to frontdesk_tenant;
grant select on security_settings to frontdesk_platform;

-- +goose Down
drop table security_settings;
drop table challenges;
drop table passkeys;
drop table recovery_codes;
drop table second_factors;
