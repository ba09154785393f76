-- The platform's door: the numbers of several clinics in one question.

-- name: RevisionList :many
-- How far each of them has come; the zero id is the console. The platform asks for the
-- clinics that its open streams are of.
-- @sqlc-vet-disable no-tenant-filter
select * from revisions where tenant_id = any(@ids::uuid[]);
