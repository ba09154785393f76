-- What is of no use any more is swept: a clinic's answered forms by the clinic's
-- own login, the platform's and spent links for a new password by the platform's.

-- +goose Up
grant delete on idempotency_keys to frontdesk_tenant;
grant delete on platform_idempotency_keys, password_resets to frontdesk_platform;
-- The sweep asks each clinic for its oldest every hour.
create index idempotency_keys_created on idempotency_keys (tenant_id, created_at);

-- +goose Down
drop index idempotency_keys_created;
revoke delete on platform_idempotency_keys, password_resets from frontdesk_platform;
revoke delete on idempotency_keys from frontdesk_tenant;
