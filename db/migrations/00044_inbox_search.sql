-- The inbox is searched as the clients are: without case and diacritics, by each of the
-- words. The text is the database's own column, so that nobody who writes a conversation
-- can leave it out.

-- +goose Up
-- +goose StatementBegin
-- As folded in the program (internal/search), letter for letter, which a test compares.
create or replace function folded(text) returns text
    language sql immutable strict parallel safe
    return normalize(replace(replace(replace(replace(
        translate(lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u0344\u0346-\u036f\u0483-\u0487]', '', 'g') collate "und-x-icu"), E'łøđðıħς\u0345', 'loddihσι'),
        'þ', 'th'), 'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), nfc);
-- +goose StatementEnd
alter table conversations add column search_text text not null
    generated always as (folded(subject || ' ' || contact_name || ' ' || contact_address)) stored;

-- +goose Down
alter table conversations drop column search_text;
-- +goose StatementBegin
create or replace function folded(text) returns text
    language sql immutable strict parallel safe
    return translate(lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g') collate "und-x-icu"), 'łøđðıħ', 'loddih');
-- +goose StatementEnd
