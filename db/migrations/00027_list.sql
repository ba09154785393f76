-- What the lists of a clinic walk and compare.

-- +goose Up
-- A text as a search compares it: without case and diacritics. What is stored and what
-- is typed both go through it (hazard 114). The letters are those that Unicode does not
-- take apart.
-- +goose StatementBegin
create function folded(text) returns text
    language sql immutable strict parallel safe
    return translate(lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g') collate "und-x-icu"), 'łøđðıħ', 'loddih');
-- +goose StatementEnd
revoke all on function folded(text) from public;
grant execute on function folded(text) to frontdesk_tenant, frontdesk_platform;

-- +goose Down
drop function folded(text);
