-- Who may touch the job queue. River's own tables are made by River's migrator,
-- which runs first, in schema river. The tenant login may only enqueue and read
-- back: arguments hold ids, and a worker looks the id up inside its tenant.

-- +goose Up
grant usage on schema river to frontdesk_tenant, frontdesk_platform;
grant select, insert on river.river_job to frontdesk_tenant;
-- A unique job that exists already is answered through ON CONFLICT DO UPDATE.
grant update (kind) on river.river_job to frontdesk_tenant;
grant usage on sequence river.river_job_id_seq to frontdesk_tenant;
grant select, insert, update, delete on all tables in schema river to frontdesk_platform;
grant usage on all sequences in schema river to frontdesk_platform;

-- +goose Down
revoke all on all tables in schema river from frontdesk_tenant, frontdesk_platform;
revoke all on all sequences in schema river from frontdesk_tenant, frontdesk_platform;
revoke all on schema river from frontdesk_tenant, frontdesk_platform;
