-- A clinic's login reaches its own jobs in the queue alone: those whose arguments name its
-- tenant. Jobs of the platform name none, or the clinic that they are about. Until now it
-- read every clinic's jobs, and could change what kind of job each of them is.
--
-- Not forced: River's own migrations change rows as the owner, and would change none.

-- +goose Up
-- +goose StatementBegin
-- job_key is the key by which River finds that a job waits already, for one that is unique
-- by its arguments, each of which is marked so.
create function job_key(kind text, arguments jsonb) returns bytea
    language sql stable parallel safe
    set search_path = pg_catalog
    return sha256(convert_to('&kind=' || kind || '&args={' || (
        select string_agg(to_json(key)::text || ':' || value::text, ',' order by key collate "C") from jsonb_each(arguments)) || '}', 'UTF8'));

-- job_takes_no_place is true for a job that stands in no other's way: its id is the one that
-- the sequence has just given, and its key is that of its own arguments. Another's id would
-- make that one's insert fail; with the key of a job of the platform, such as the one that
-- seals the logs, that job would be taken for one that waits already.
-- It is given the row as one value and names the sequence in a text: Postgres would
-- refuse a migration of River's that drops or alters a column which a policy names.
create function job_takes_no_place(job jsonb) returns boolean
    language sql volatile
    set search_path = public, pg_catalog
    as $$
        select (job->>'id')::bigint = currval('river.river_job_id_seq')
           and (job->>'unique_key' is null or job->>'unique_key' = job_key(job->>'kind', job->'args')::text)
    $$;
-- +goose StatementEnd
revoke all on function job_key(text, jsonb), job_takes_no_place(jsonb) from public;
grant execute on function job_key(text, jsonb), job_takes_no_place(jsonb) to frontdesk_tenant;

alter table river.river_job enable row level security;
create policy river_job_tenant on river.river_job to frontdesk_tenant
    using ((args ->> 'tenant_id') = (select current_tenant())::text)
    with check ((args ->> 'tenant_id') = (select current_tenant())::text);
create policy river_job_place on river.river_job as restrictive for insert to frontdesk_tenant
    with check (job_takes_no_place(to_jsonb(river_job)));
create policy river_job_platform on river.river_job to frontdesk_platform using (true) with check (true);

-- What a later River adds is the platform's too.
alter default privileges in schema river grant select, insert, update, delete on tables to frontdesk_platform;
alter default privileges in schema river grant usage on sequences to frontdesk_platform;

-- +goose Down
alter default privileges in schema river revoke usage on sequences from frontdesk_platform;
alter default privileges in schema river revoke select, insert, update, delete on tables from frontdesk_platform;
drop policy river_job_platform on river.river_job;
drop policy river_job_place on river.river_job;
drop policy river_job_tenant on river.river_job;
alter table river.river_job disable row level security;
drop function job_takes_no_place(jsonb), job_key(text, jsonb);
