-- name: IdempotencyKeyClaim :one
-- One row for whoever comes first; none for the rest, who waited until the
-- first one's transaction ended.
insert into idempotency_keys (route, key, content) values (@route, @key, @content)
on conflict do nothing
returning created_at;

-- name: IdempotencyKeyAnswer :one
-- Where the first answer led, and whether it was given to the same content.
select location, coalesce(content = @content::bytea, true)::boolean as same from idempotency_keys where route = @route and key = @key;

-- name: IdempotencyKeySettle :exec
update idempotency_keys set location = @location where route = @route and key = @key;

-- name: PlatformIdempotencyKeyClaim :one
insert into platform_idempotency_keys (route, key, content) values (@route, @key, @content)
on conflict do nothing
returning created_at;

-- name: PlatformIdempotencyKeyAnswer :one
select location, coalesce(content = @content::bytea, true)::boolean as same from platform_idempotency_keys where route = @route and key = @key;

-- name: PlatformIdempotencyKeySettle :exec
update platform_idempotency_keys set location = @location where route = @route and key = @key;
