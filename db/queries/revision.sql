-- The platform's door: the numbers of several clinics in one question.

-- name: RevisionList :many
-- What each of them has come to; the zero id is the console.
-- @sqlc-vet-disable no-tenant-filter: the platform asks for the clinics that its open
-- streams are of.
select * from revisions where tenant_id = any(@ids::uuid[]);
