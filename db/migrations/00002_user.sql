-- People who sign in. One person may work in several clinics.

-- +goose Up
create table users (
    id            uuid primary key,
    email         text not null unique check (email = lower(email) and length(email) between 3 and 254),
    name          text not null check (length(name) between 1 and 200),
    -- Argon2id in PHC string format; null until an invite is accepted.
    password_hash text,
    super_admin   boolean not null default false,
    status        text not null default 'active' check (status in ('active', 'suspended', 'deleted')),
    language      text not null default 'en' check (language in ('en', 'ro')),
    theme         text not null default 'system' check (theme in ('system', 'light', 'dark')),
    created_at    timestamptz not null default now()
);

alter table users enable row level security;
alter table users force row level security;
create policy users_platform on users to frontdesk_platform using (true) with check (true);
grant select, insert, update on users to frontdesk_platform;

-- +goose Down
drop table users;
