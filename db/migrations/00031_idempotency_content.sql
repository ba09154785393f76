-- What was sent under a key: the same key with other content is another form, which must
-- not be answered as if it were saved. Null is of the program before this one.

-- +goose Up
alter table idempotency_keys add column content bytea check (length(content) = 32);
alter table platform_idempotency_keys add column content bytea check (length(content) = 32);

-- +goose Down
alter table platform_idempotency_keys drop column content;
alter table idempotency_keys drop column content;
