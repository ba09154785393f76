-- The platform's door: the time in which rows from before their MAC are still good.

-- name: MACGraceOpen :one
select open_until > now() from mac_grace;

-- name: MACGraceEnd :exec
-- The end only ever comes nearer.
update mac_grace set open_until = least(open_until, now() + @after::interval) where open_until > now();
