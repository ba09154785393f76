-- One folding for every search: apostrophes are nothing, hyphens a space, and marks that do
-- not show are no part of a text. What is kept folded is folded anew.

-- +goose Up
-- +goose StatementBegin
-- As folded in the program (internal/search), letter for letter, which a test compares.
create or replace function folded(text) returns text
    language sql immutable strict parallel safe
    return normalize(replace(replace(replace(replace(
        translate(
            lower(regexp_replace(normalize(translate($1, '´΄᾽᾿', ''), nfkd),
                '[\u0300-\u0344\u0346-\u036f\u0483-\u0487\ufe00-\ufe0f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]', '', 'g')
                collate "und-x-icu"),
            E'łøđðıħς\u0345-֊‐‒–—―⁃−''`‘’‛ʹʻʼʽʾʿˈ′‵', 'loddihσι         '),
        'þ', 'th'), 'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), nfc);
-- +goose StatementEnd
alter table conversations drop column search_text;
alter table conversations add column search_text text not null
    generated always as (folded(subject || ' ' || contact_name || ' ' || contact_address)) stored;
alter table clients no force row level security;
update clients set search_text = folded(search_text) where search_text <> folded(search_text);
alter table clients force row level security;

-- +goose Down
alter table conversations drop column search_text;
-- +goose StatementBegin
create or replace function folded(text) returns text
    language sql immutable strict parallel safe
    return normalize(replace(replace(replace(replace(
        translate(lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u0344\u0346-\u036f\u0483-\u0487]', '', 'g') collate "und-x-icu"), E'łøđðıħς\u0345', 'loddihσι'),
        'þ', 'th'), 'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), nfc);
-- +goose StatementEnd
alter table conversations add column search_text text not null
    generated always as (folded(subject || ' ' || contact_name || ' ' || contact_address)) stored;
