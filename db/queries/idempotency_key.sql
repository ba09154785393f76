-- name: IdempotencyKeyClaim :one
-- One row for whoever comes first; none for the rest, who waited until the
-- first one's transaction ended.
insert into idempotency_keys (route, key) values (@route, @key)
on conflict do nothing
returning key;

-- name: IdempotencyKeyLocation :one
select location from idempotency_keys where route = @route and key = @key;

-- name: IdempotencyKeySettle :exec
update idempotency_keys set location = @location where route = @route and key = @key;

-- name: PlatformIdempotencyKeyClaim :one
insert into platform_idempotency_keys (route, key) values (@route, @key)
on conflict do nothing
returning key;

-- name: PlatformIdempotencyKeyLocation :one
select location from platform_idempotency_keys where route = @route and key = @key;

-- name: PlatformIdempotencyKeySettle :exec
update platform_idempotency_keys set location = @location where route = @route and key = @key;
