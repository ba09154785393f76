-- The shared inbox.

-- name: ConversationList :many
-- A page of the inbox, of conversations that hold every word, or every term, as itself
-- or by its client: what is typed as a telephone number is the client's as a term, and
-- a date of the subject as words. The client is whoever has the contact's address now.
-- Direction and filters are parameters that the planner folds away: see TenantList.
select conversations.id, conversations.subject, conversations.contact_name, conversations.contact_address,
       conversations.last_message_at, conversations.unread, mailboxes.name as mailbox_name,
       coalesce(latest.direction, '')::text as direction, coalesce(latest.delivery, '')::text as delivery,
       coalesce(latest.preview, '')::text as preview,
       coalesce(matched.clients, 0)::bigint as clients, coalesce(matched.first_name, '')::text as client_first_name,
       coalesce(matched.last_name, '')::text as client_last_name,
       exists (select from attachments join messages on messages.tenant_id = attachments.tenant_id and messages.id = attachments.message_id
               where messages.conversation_id = conversations.id and attachments.content_id = '') as has_attachments
from conversations
join mailboxes on mailboxes.tenant_id = conversations.tenant_id and mailboxes.id = conversations.mailbox_id
left join lateral (
    select messages.direction, messages.delivery,
           case when messages.preview <> '' then messages.preview else left(messages.body_text, 200) end as preview
    from messages where messages.conversation_id = conversations.id
    order by messages.received_at desc, messages.id desc limit 1
) as latest on true
left join lateral (
    select count(*) as clients, min(clients.first_name) as first_name, min(clients.last_name) as last_name
    from clients where clients.email = conversations.contact_address and clients.email <> ''
) as matched on true
where case when @ascending::boolean then (conversations.last_message_at, conversations.id) > (@after_time::timestamptz, @after_id::uuid)
           else (conversations.last_message_at, conversations.id) < (@after_time::timestamptz, @after_id::uuid) end
  and (not @unread_only::boolean or conversations.unread)
  and (sqlc.narg(mailbox_id)::uuid is null or conversations.mailbox_id = sqlc.narg(mailbox_id))
  and (not exists (select from unnest(@words::text[]) as word where strpos(conversations.search_text, word) = 0)
       or not exists (select from unnest(@terms::text[]) as term
                      where strpos(conversations.search_text, term) = 0
                        and not exists (select from clients where clients.email = conversations.contact_address and clients.email <> ''
                                        and strpos(clients.search_text, term) > 0)))
order by case when @ascending then conversations.last_message_at end, case when @ascending then conversations.id end,
         conversations.last_message_at desc, conversations.id desc
limit @page_size;

-- name: ConversationUnread :one
-- At most a hundred are counted: the badge says 99+.
select count(*) from (select from conversations where unread limit 100) as counted;

-- name: ConversationMailboxList :many
-- What brings mail, and what has brought some.
select id, name, active from mailboxes order by name collate "und-x-icu", id;

-- name: ConversationMailboxGet :one
-- A mailbox that a list names; no row for another clinic's.
select id from mailboxes where id = @id;

-- name: ConversationGet :one
select conversations.id, conversations.subject, conversations.contact_name, conversations.contact_address,
       conversations.last_message_at, conversations.unread, mailboxes.name as mailbox_name, mailboxes.address as mailbox_address,
       mailboxes.active as mailbox_active,
       (select count(*) from messages where messages.conversation_id = conversations.id) as messages,
       (select count(*) from messages where messages.conversation_id = conversations.id and messages.origin <> 'program') as written,
       exists (select from messages where messages.conversation_id = conversations.id and messages.direction = 'in') as received,
       exists (select from messages where messages.conversation_id = conversations.id and messages.direction = 'in'
               and messages.origin <> 'program') as received_by_hand
from conversations
join mailboxes on mailboxes.tenant_id = conversations.tenant_id and mailboxes.id = conversations.mailbox_id
where conversations.id = @id;

-- name: ConversationClients :many
-- Who has the contact's address; a few are enough to say that there are several.
select clients.id, clients.first_name, clients.last_name from conversations
join clients on clients.email = conversations.contact_address and clients.email <> ''
where conversations.id = @id
order by clients.last_name, clients.first_name, clients.id limit 6;

-- name: ConversationMessages :many
-- The newest of a conversation. HTML is shown by its own address and so not read
-- here; nor is the text that stands beside it and says the same.
select messages.id, messages.direction, messages.from_name, messages.from_address, messages.reply_to, messages.reply_to_others, messages.to_addresses,
       messages.origin, messages.subject, messages.received_at, messages.sent_at, messages.preview,
       (case when messages.body_html = '' or messages.text_differs then left(messages.body_text, 100000) else '' end)::text as body_text,
       (messages.body_html <> '')::boolean as has_html, (messages.raw_key <> '')::boolean as has_raw,
       messages.size, messages.defects, messages.delivery, messages.delivery_error, coalesce(users.name, '')::text as author_name
from messages
left join users on users.id = messages.author_id
where messages.conversation_id = @conversation_id
order by messages.received_at desc, messages.id desc
limit @most;

-- name: ConversationAttachments :many
select attachments.id, attachments.message_id, attachments.name, attachments.content_type, attachments.content_id, attachments.size
from attachments
join messages on messages.tenant_id = attachments.tenant_id and messages.id = attachments.message_id
where messages.conversation_id = @conversation_id
order by attachments.message_id, attachments.id;

-- name: ConversationMark :execrows
-- Read, unless something has arrived since the page was made. Messages are counted
-- because their dates are the mail servers' word.
update conversations set unread = false
where conversations.id = @id and (select count(*) from messages where messages.conversation_id = @id) <= @seen::bigint;

-- name: ConversationMarkUnread :execrows
update conversations set unread = true where id = @id;

-- name: ConversationMessageHTML :one
select messages.body_html from messages where messages.id = @id and messages.conversation_id = @conversation_id;

-- name: ConversationMessageInlines :many
select id, content_id from attachments where message_id = @message_id and content_id <> '' order by id;

-- name: ConversationMessageRaw :one
select messages.raw_key, messages.received_at, messages.subject from messages where messages.id = @id and messages.conversation_id = @conversation_id;

-- name: ConversationAttachment :one
select attachments.name, attachments.content_type, attachments.storage_key
from attachments
join messages on messages.tenant_id = attachments.tenant_id and messages.id = attachments.message_id
where attachments.id = @id and messages.conversation_id = @conversation_id;

-- name: ConversationOfMessages :one
-- The conversation of the nearest known of the messages that one answers.
select messages.conversation_id from messages
where messages.mailbox_id = @mailbox_id and messages.message_id <> '' and messages.message_id = any(@message_ids::text[])
order by array_position(@message_ids::text[], messages.message_id), messages.received_at, messages.id
limit 1;

-- name: ConversationOfAnswer :one
-- The conversation of an answer that arrived before what it answers.
select messages.conversation_id from messages
where messages.mailbox_id = @mailbox_id and messages.in_reply_to = @message_id and messages.in_reply_to <> ''
order by messages.received_at, messages.id
limit 1;

-- name: ConversationOfContact :many
-- The contact's latest conversations, whose subjects the caller compares.
select conversations.id, conversations.subject from conversations
where conversations.contact_address = @contact_address and conversations.mailbox_id = @mailbox_id
  and conversations.last_message_at >= @since::timestamptz
order by conversations.last_message_at desc limit 50;

-- name: ConversationCreate :exec
insert into conversations (id, mailbox_id, subject, contact_address, contact_name, last_message_at, unread)
values (@id, @mailbox_id, @subject, lower(@contact_address), @contact_name, @last_message_at, true);

-- name: ConversationArrive :exec
update conversations set last_message_at = greatest(last_message_at, @at::timestamptz), unread = true where id = @id;

-- name: ConversationTwins :many
-- What is here already and may be the same message: the same bytes, or, from a program
-- that writes something of its own into the header when it moves a message, the same
-- Message-ID, sender, date and content, as many files of as many bytes among it.
select known.id, known.conversation_id, known.uidvalidity, known.uid
from messages as known
where known.mailbox_id = @mailbox_id and known.direction = 'in'
  and (known.content_hash = @content_hash
       or known.message_id = @message_id and known.message_id <> '' and known.from_address = @from_address and known.subject = @subject
          and known.sent_at is not distinct from sqlc.narg(sent_at)::timestamptz
          and known.body_text = @body_text and known.body_html = @body_html
          and (select concat_ws(' ', count(*), sum(size)) from attachments where message_id = known.id) = @attached::text)
order by known.content_hash = @content_hash desc, known.received_at, known.id limit 50;

-- name: ConversationRehome :execrows
-- The same message, under the number that the server has given it anew, unless another
-- has taken its place meanwhile.
update messages set uidvalidity = @uidvalidity::bigint, uid = @uid::bigint
where messages.id = @id and messages.uidvalidity is not distinct from sqlc.narg(former_uidvalidity)::bigint
  and messages.uid is not distinct from sqlc.narg(former_uid)::bigint;

-- name: ConversationHasUID :one
select exists (select from messages where mailbox_id = @mailbox_id and uidvalidity = @uidvalidity::bigint and uid = @uid::bigint);

-- name: ConversationReceive :execrows
insert into messages (id, conversation_id, mailbox_id, direction, uidvalidity, uid, message_id, in_reply_to, reference_ids, from_name,
                      from_address, reply_to, reply_to_others, origin, to_addresses, subject, sent_at, received_at, body_text, text_differs, body_html,
                      preview, raw_key, content_hash, size, defects, delivery)
values (@id, @conversation_id, @mailbox_id, 'in', @uidvalidity::bigint, @uid::bigint, @message_id, @in_reply_to, @reference_ids, @from_name,
        @from_address, @reply_to, @reply_to_others, @origin, @to_addresses, @subject, @sent_at, @received_at, @body_text, @text_differs, @body_html,
        @preview, @raw_key, @content_hash, @size, @defects, 'received')
on conflict do nothing;

-- name: ConversationAttach :exec
insert into attachments (id, message_id, name, content_type, content_id, size, storage_key)
values (@id, @message_id, @name, @content_type, @content_id, @size, @storage_key);

-- name: ConversationAnswerTo :one
-- What an answer is made from besides the message that it answers. Written is how many
-- messages somebody has written here, we or others: a page that shows fewer is behind.
select conversations.subject, conversations.contact_address, mailboxes.address as mailbox_address, mailboxes.active as mailbox_active,
       (select count(*) from messages where messages.conversation_id = conversations.id and messages.origin <> 'program') as written,
       exists (select from messages where messages.conversation_id = conversations.id and messages.direction = 'in') as received,
       exists (select from messages where messages.conversation_id = conversations.id and messages.direction = 'in'
               and messages.origin <> 'program') as received_by_hand
from conversations
join mailboxes on mailboxes.tenant_id = conversations.tenant_id and mailboxes.id = conversations.mailbox_id
where conversations.id = @id;

-- name: ConversationAnswerable :many
-- The messages that can be answered, the latest first, with where their senders want
-- answers: what no program wrote, and what does not lead back to a mailbox of the clinic.
-- What came through a list or in bulk comes last: a newsletter in a conversation with a
-- person is not what is answered.
select messages.id, messages.message_id, messages.in_reply_to, messages.reference_ids, messages.subject,
       messages.from_name, messages.from_address, messages.received_at, messages.origin, wanted.addresses
from messages
cross join lateral (
    select coalesce(array_agg(given.address order by given.place), '{}')::text[] as addresses
    from unnest(case when messages.reply_to = '' then array[messages.from_address] else array[messages.reply_to] || messages.reply_to_others end)
         with ordinality as given (address, place)
    where given.address <> '' and not exists (select from mailboxes where mailboxes.address = lower(given.address))
) as wanted
where messages.conversation_id = @conversation_id and messages.direction = 'in' and messages.origin <> 'program'
  and cardinality(wanted.addresses) > 0
order by messages.origin = 'list', messages.received_at desc, messages.id desc
limit 200;

-- name: ConversationAnswer :exec
insert into messages (id, conversation_id, mailbox_id, direction, message_id, in_reply_to, reference_ids, from_name, from_address,
                      to_addresses, subject, sent_at, received_at, body_text, preview, size, delivery, author_id)
select @id, conversations.id, mailboxes.id, 'out', @message_id, @in_reply_to, @reference_ids::text[], mailboxes.name, mailboxes.address,
       @to_addresses::text[], @subject, @at::timestamptz, @at::timestamptz, @body_text, @preview, length(@body_text), 'queued', @author_id::uuid
from conversations
join mailboxes on mailboxes.tenant_id = conversations.tenant_id and mailboxes.id = conversations.mailbox_id
where conversations.id = @conversation_id;

-- name: ConversationAnswered :exec
-- Who answers has read.
update conversations set last_message_at = greatest(last_message_at, @at::timestamptz), unread = false where id = @id;

-- name: ConversationDelivery :one
select messages.delivery, messages.delivery_error from messages
where messages.id = @id and messages.conversation_id = @conversation_id and messages.direction = 'out';

-- name: ConversationSendAgain :execrows
update messages set delivery = 'queued', delivery_error = ''
where id = @id and conversation_id = @conversation_id and direction = 'out' and delivery in ('failed', 'unknown');

-- name: ConversationSend :one
-- Claims a message for one attempt, and gives what it is made of. No row: it is
-- not waiting, or the clinic or the mailbox is switched off.
update messages set delivery = 'sending'
from mailboxes
where messages.id = @id and messages.delivery = 'queued' and mailboxes.tenant_id = messages.tenant_id and mailboxes.id = messages.mailbox_id
  and mailboxes.active and exists (select from tenants where tenants.status = 'active')
returning messages.mailbox_id, messages.message_id, messages.in_reply_to, messages.reference_ids, messages.to_addresses, messages.subject,
          messages.sent_at, messages.body_text, messages.from_name, messages.from_address,
          mailboxes.smtp_host, mailboxes.smtp_port, mailboxes.smtp_security, mailboxes.username, mailboxes.password_sealed;

-- name: ConversationSendState :one
-- Why a message could not be claimed.
select messages.delivery from messages where messages.id = @id;

-- name: ConversationSent :exec
update messages set delivery = @delivery, delivery_error = @delivery_error where id = @id and delivery in ('sending', 'queued', 'unknown');

-- name: ConversationLock :one
-- What the log keeps of a conversation, held until the transaction ends.
select subject, unread from conversations where id = @id for update;

-- name: ConversationMessageLock :one
-- What the log keeps of a message, held until the transaction ends. The text is
-- not among it: a message is never changed, so the message itself is the record.
select direction, from_address, to_addresses, subject, delivery, conversation_id, mailbox_id from messages where id = @id for update;
