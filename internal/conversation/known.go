package conversation

import (
	"context"
	"fmt"
	"slices"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
)

// known notes a message that is here already as read, under its number of now. It finds
// it by its number; by its content after the server has numbered its mailbox anew; and by
// its content where the server says that it stands no more under the number that it had:
// it was moved out of the INBOX, and back (hazard 128). One that stands there still is
// another message, the same twice, and belongs beside its twin.
func (r *Receiver) known(ctx context.Context, a *arrival, also func(context.Context, *store.Tx) error) (known bool, err error) {
	var twins []db.ConversationTwinsRow
	err = r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		known, err = tx.ConversationHasUID(ctx, db.ConversationHasUIDParams{MailboxID: a.mailboxID, Uidvalidity: a.uidValidity, Uid: int64(a.message.UID)})
		if err != nil {
			return err
		}
		if known {
			return also(ctx, tx)
		}
		twins, err = tx.ConversationTwins(ctx, a.twinsParams())
		return err
	})
	if known || err != nil || len(twins) == 0 {
		return known && err == nil, err
	}
	same, err := a.sameOf(twins)
	if err != nil || same == nil {
		return false, err
	}
	return r.rehome(ctx, a, *same, also)
}

func (a *arrival) twinsParams() db.ConversationTwinsParams {
	p := a.parsed
	twins := db.ConversationTwinsParams{
		MailboxID: a.mailboxID, ContentHash: a.hash[:], MessageID: limited(p.MessageID, maxID), FromAddress: limited(p.From.Address, maxAddress),
		Subject: limited(p.Subject, maxSubject), BodyText: p.Text, BodyHtml: p.HTML, Attached: a.attached(),
	}
	if !p.Date.IsZero() {
		twins.SentAt = &p.Date
	}
	if !a.isWhole() {
		twins.MessageID = "" // two of which the header alone is known are not the same for that
	}
	return twins
}

// attached is how many files a message has, and of how many bytes, as the query says it.
func (a *arrival) attached() string {
	if len(a.parsed.Attachments) == 0 {
		return "0"
	}
	bytes := 0
	for _, attachment := range a.parsed.Attachments {
		bytes += len(attachment.Bytes)
	}
	return fmt.Sprintf("%d %d", len(a.parsed.Attachments), bytes)
}

// sameOf returns the twin that is this very message under another number: one whose
// number means nothing any more, else one that the server does not have any more. Where
// all of them stand it returns nil, and the message belongs to the first one's
// conversation.
func (a *arrival) sameOf(twins []db.ConversationTwinsRow) (*db.ConversationTwinsRow, error) {
	isOfNow := func(twin db.ConversationTwinsRow) bool {
		return twin.Uid != nil && twin.Uidvalidity != nil && *twin.Uidvalidity == a.uidValidity
	}
	if at := slices.IndexFunc(twins, func(twin db.ConversationTwinsRow) bool { return !isOfNow(twin) }); at >= 0 {
		return &twins[at], nil
	}
	gone, err := a.gone(twins)
	if err != nil {
		return nil, err
	}
	for i, twin := range twins {
		if slices.Contains(gone, uint32(*twin.Uid)) {
			return &twins[i], nil
		}
	}
	a.twin = twins[0].ConversationID
	return nil, nil
}

// gone asks the server which of the twins it does not have any more.
func (a *arrival) gone(twins []db.ConversationTwinsRow) ([]uint32, error) {
	if a.message.Gone == nil {
		return nil, nil
	}
	uids := make([]uint32, len(twins))
	for i, twin := range twins {
		uids[i] = uint32(*twin.Uid)
	}
	gone, err := a.message.Gone(uids)
	if err != nil {
		return nil, fmt.Errorf("ask after messages of the same content: %w", err)
	}
	return gone, nil
}

func (r *Receiver) rehome(ctx context.Context, a *arrival, same db.ConversationTwinsRow, also func(context.Context, *store.Tx) error) (known bool, err error) {
	err = r.Store.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		moved, err := tx.ConversationRehome(ctx, db.ConversationRehomeParams{
			ID: same.ID, Uidvalidity: a.uidValidity, Uid: int64(a.message.UID), FormerUidvalidity: same.Uidvalidity, FormerUid: same.Uid,
		})
		if err != nil || moved == 0 {
			return err
		}
		known = true
		return also(ctx, tx)
	})
	return known && err == nil, err
}
