-- name: MembershipCreate :exec
-- The platform's door: whoever joins has no tenant yet.
insert into memberships (tenant_id, id, user_id, role) values (@tenant_id, @id, @user_id, @role);
