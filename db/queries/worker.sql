-- The processes that work, through the platform's door.

-- name: WorkerBeat :exec
-- A process that was taken for ended, and was only asleep, comes back so.
insert into workers (id, beat) values (@id, 1) on conflict (id) do update set beat = workers.beat + 1;

-- name: WorkerList :many
select id, beat from workers;

-- name: WorkerBury :execrows
-- No row: it has moved, or another found it.
delete from workers where id = @id and beat = @beat;

-- name: WorkerEnd :exec
delete from workers where id = @id;
