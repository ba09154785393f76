-- name: ResourceList :many
-- A page of resources; see TenantList for the sort key. Those no longer in use stand
-- last, whichever way it is sorted; a clinic's resources are too few for an index.
select id, name, kind, active, sort_key::text as sort_key
from (
    select resources.*,
           (case when active = @descending::boolean then '1' else '0' end
            || case @sort::text when 'kind' then kind || ', ' else '' end
            || name) collate "und-x-icu" as sort_key
    from resources
    where (@search::text = '' or strpos(folded(name || ' ' || kind), @search) > 0)
      and (@status::text = '' or active = (@status = 'active'))
) listed
where case when sqlc.narg(after_key)::text is null then true
           when @ascending::boolean then (sort_key, id) > (sqlc.narg(after_key)::text, @after_id::uuid)
           else (sort_key, id) < (sqlc.narg(after_key)::text, @after_id::uuid) end
order by case when @ascending then sort_key end, case when @ascending then id end, sort_key desc, id desc
limit @page_size;

-- name: ResourceGet :one
select id, name, kind, active, version, created_at from resources where id = @id;

-- name: ResourceKindList :many
-- The kinds that a clinic has already given, to choose from.
select kind from resources group by kind order by kind collate "und-x-icu" limit 100;

-- name: ResourceCreate :exec
insert into resources (id, name, kind) values (@id, @name, @kind);

-- name: ResourceUpdate :one
-- No row when the resource is unknown or has another version by now.
update resources set name = @name, kind = @kind, version = version + 1, updated_at = now()
where id = @id and version = @version
returning version;

-- name: ResourceSetActive :exec
-- The second of two presses changes nothing, and leaves every open form as good as it was.
update resources set active = @active, version = version + 1, updated_at = now() where id = @id and active <> @active;

-- name: ResourceLock :one
-- What the log keeps of a resource, held until the transaction ends.
select name, kind, active from resources where id = @id for update;
