-- Addresses have one form, with their domain as DNS knows it (internal/address): Chromium
-- sent it so already, other browsers as it was typed. Where both are rows that cannot be one,
-- the one that was typed stays, and is found as it was typed. An open invite stays as it is:
-- its MAC covers its address, and it ends by itself.

-- +goose Up
-- +goose StatementBegin
-- A label of a domain by RFC 3492, with its constants.
create function punycode(label text) returns text language plpgsql immutable as $$
declare
    codes integer[] := array(select ascii(letter) from regexp_split_to_table(label, '') with ordinality as letters (letter, place) order by place);
    written text := '';
    basic integer; handled integer; code integer; least_left integer; quotient integer; step integer; threshold integer;
    first_code integer := 128; delta integer := 0; bias integer := 72;
begin
    foreach code in array codes loop
        if code < 128 then written := written || chr(code); end if;
    end loop;
    basic := length(written);
    handled := basic;
    if basic > 0 then written := written || '-'; end if;
    while handled < cardinality(codes) loop
        select min(next) into least_left from unnest(codes) as next where next >= first_code;
        delta := delta + (least_left - first_code) * (handled + 1);
        first_code := least_left;
        foreach code in array codes loop
            if code < first_code then
                delta := delta + 1;
            elsif code = first_code then
                quotient := delta;
                step := 36;
                loop
                    threshold := least(greatest(step - bias, 1), 26);
                    exit when quotient < threshold;
                    written := written || substr('abcdefghijklmnopqrstuvwxyz0123456789', threshold + (quotient - threshold) % (36 - threshold) + 1, 1);
                    quotient := (quotient - threshold) / (36 - threshold);
                    step := step + 36;
                end loop;
                written := written || substr('abcdefghijklmnopqrstuvwxyz0123456789', quotient + 1, 1);
                delta := case when handled = basic then delta / 700 else delta / 2 end;
                delta := delta + delta / (handled + 1);
                step := 0;
                while delta > 455 loop
                    delta := delta / 35;
                    step := step + 36;
                end loop;
                bias := step + 36 * delta / (delta + 38);
                delta := 0;
                handled := handled + 1;
            end if;
        end loop;
        delta := delta + 1;
        first_code := first_code + 1;
    end loop;
    return 'xn--' || written;
end $$;

-- address_form is null for an address that has its form already.
create function address_form(address text) returns text language sql immutable as $$
    select substring(address from '^(.*@)') || string_agg(case when octet_length(label) = length(label) then label else punycode(label) end, '.' order by place)
    from regexp_split_to_table(normalize(substring(address from '[^@]*$'), nfkc), '\.') with ordinality as labels (label, place)
    where position('@' in address) > 0 and octet_length(substring(address from '[^@]*$')) <> length(substring(address from '[^@]*$'))
    having length(address) < 200
$$;
-- +goose StatementEnd

alter table users no force row level security;
update users set email = address_form(email)
where address_form(email) is not null and not exists (select from users others where others.email = address_form(users.email));
alter table users force row level security;

alter table clients no force row level security;
update clients set email = address_form(email) where address_form(email) is not null;
alter table clients force row level security;

alter table conversations no force row level security;
update conversations set contact_address = address_form(contact_address) where address_form(contact_address) is not null;
alter table conversations force row level security;

alter table mailboxes no force row level security;
update mailboxes set address = address_form(address)
where address_form(address) is not null
  and not exists (select from mailboxes others where others.tenant_id = mailboxes.tenant_id and others.address = address_form(mailboxes.address));
alter table mailboxes force row level security;

drop function address_form(text);
drop function punycode(text);

-- +goose Down
select 1; -- what was typed is not known any more, and the form that is kept is as good
