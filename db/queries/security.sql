-- The tenant's door.

-- name: SecurityRequiresSecondFactor :one
select coalesce((select require_second_factor from security_settings), false)::boolean;

-- name: SecurityRequireSecondFactor :execrows
-- No row when it was so already.
insert into security_settings as kept (require_second_factor)
select @required::boolean where @required::boolean or exists (select from security_settings)
on conflict (tenant_id) do update set require_second_factor = excluded.require_second_factor, updated_at = now()
where kept.require_second_factor <> excluded.require_second_factor;
