-- name: AuditEventCreate :exec
-- The tenant's door: an event of the clinic's own log.
insert into audit_events (id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name,
                          before, after, reason, ip, user_agent, request_id)
values (@id, @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name,
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);

-- name: AuditEventCreateOfTenant :exec
-- The platform's door: the platform adds to a clinic's log and cannot read it.
insert into audit_events (tenant_id, id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name,
                          before, after, reason, ip, user_agent, request_id)
values (@tenant_id, @id, @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name,
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);

-- name: PlatformAuditEventCreate :exec
-- The platform's door.
insert into platform_audit_events (id, tenant_id, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name,
                                   before, after, reason, ip, user_agent, request_id)
values (@id, sqlc.narg(tenant_id), @actor_kind, sqlc.narg(actor_id), @actor_name, @action, @target_kind, sqlc.narg(target_id), @target_name,
        sqlc.narg(before), sqlc.narg(after), @reason, sqlc.narg(ip), @user_agent, @request_id);
