-- An index for each foreign key of a clinic's table that had none. Without it a change or
-- removal of the row that is pointed at reads the whole table, and keeps it locked for as
-- long: a membership, a service or a support grant of one clinic reads everybody's messages,
-- appointments and sessions.
--
-- Where most rows point at nothing, those are left out: the check of a foreign key asks by
-- equality, which a missing value never is.

-- +goose Up
create index appointments_service on appointments (tenant_id, service_id);
create index provider_services_service on provider_services (tenant_id, service_id);
create index messages_author on messages (tenant_id, author_id) where author_id is not null;
create index support_grants_granted_by on support_grants (tenant_id, granted_by);
create index sessions_support_grant on sessions (tenant_id, support_grant_id);
create index invites_invited_by on invites (invited_by) where invited_by is not null;

-- +goose Down
drop index invites_invited_by, sessions_support_grant, support_grants_granted_by, messages_author,
    provider_services_service, appointments_service;
