-- Plain text that says something which the HTML beside it does not is shown as well,
-- folded. Of what is here already it is not known: it is shown.

-- +goose Up
alter table messages add column text_differs boolean not null default true;
comment on column messages.text_differs is 'body_text says something that body_html does not';
comment on column messages.body_html is 'all that the message says, in the order of its parts, if any of it is HTML; cleaned each time it is shown';

-- +goose Down
comment on column messages.body_html is null;
alter table messages drop column text_differs;
