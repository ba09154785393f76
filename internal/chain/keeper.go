package chain

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"frontdesk/internal/clock"
	"frontdesk/internal/seal"
	"frontdesk/internal/storage"
)

// Keeper keeps the heads of all chains outside of the database: in the file storage and,
// line by line, in the program's log. What was cut off at a chain's end, or put there
// anew, leaves no trace within it, and whatever stands in the database its owner can bring
// back to an older state, keyed hashes and all. So the sealer goes on only from the heads
// that stand here, and a verification compares every chain with them.
//
// Each run writes a note of its own under a new key, and none is ever changed: copies of
// the program need no lock, and none writes an older head over a later one. Where there
// are many, one takes the place of all that were read.
//
// A nil Keeper keeps nothing, and all that it guards against goes unseen.
type Keeper struct {
	Storage storage.Store
	Keys    *seal.Ring
	Log     *slog.Logger
	Now     clock.Clock

	mu sync.Mutex
	// read are notes by their keys; they never change.
	read map[string]*note
	// followed are heads that a later one of their chain was found to follow.
	followed map[string]bool
	// begun is true when there is a note.
	begun bool
}

// mostNotes is how many there may be before one takes their place.
const mostNotes = 64

// notes is the folder of the notes, which are no clinic's.
const notes = "audit_heads"

// Kept is what stands outside of the database.
type Kept struct {
	note
	// Unread is how many notes nobody with these keys wrote.
	Unread int
	// chains are the heads by chain: the last, and those before it of which it is not
	// known that the last follows them.
	chains map[ID][]Head
	// keys are those of the notes that were read.
	keys []string
}

// Kept reads all notes.
func (k *Keeper) Kept(ctx context.Context) (*Kept, error) {
	if k == nil {
		return &Kept{chains: map[ID][]Head{}}, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for attempt := 1; ; attempt++ {
		kept, err := k.readAll(ctx)
		// Somebody put one note in the place of those that were listed: it is listed now.
		if attempt < 5 && errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the heads that are kept outside of the database: %w", err)
		}
		k.begun = k.begun || !kept.since.IsZero()
		return kept, nil
	}
}

func (k *Keeper) readAll(ctx context.Context) (*Kept, error) {
	kept, known := &Kept{chains: map[ID][]Head{}}, map[string]*note{}
	for object, err := range k.Storage.List(ctx, storage.Prefix(uuid.Nil, notes)) {
		if err != nil {
			return nil, err
		}
		read, err := k.readOne(ctx, object.Key)
		if errors.Is(err, errNote) {
			kept.Unread++
			continue
		}
		if err != nil {
			return nil, err
		}
		known[object.Key] = read
		kept.add(object.Key, read)
	}
	k.read = known
	kept.settle(k.followed)
	return kept, nil
}

func (k *Keeper) readOne(ctx context.Context, key string) (*note, error) {
	if read := k.read[key]; read != nil {
		return read, nil
	}
	body, _, err := k.Storage.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return readNote(text, k.Keys)
}

func (k *Kept) add(key string, read *note) {
	k.keys = append(k.keys, key)
	if k.since.IsZero() || read.since.Before(k.since) {
		k.since = read.since
	}
	for _, head := range read.heads {
		if !slices.ContainsFunc(k.chains[head.Chain], head.is) {
			k.chains[head.Chain] = append(k.chains[head.Chain], head)
		}
	}
	for _, past := range read.givenUp {
		if !k.hasGivenUp(past.Head) {
			k.givenUp = append(k.givenUp, past)
		}
	}
}

// settle leaves out what was given up, and what a later head is known to follow.
func (k *Kept) settle(followed map[string]bool) {
	for chain, heads := range k.chains {
		heads = slices.DeleteFunc(heads, k.hasGivenUp)
		if len(heads) == 0 {
			delete(k.chains, chain)
			continue
		}
		slices.SortFunc(heads, func(a, b Head) int { return cmp.Compare(a.Position, b.Position) })
		last := heads[len(heads)-1]
		k.chains[chain] = slices.DeleteFunc(heads, func(head Head) bool {
			return !head.is(last) && (followed[head.String()] || head.Position == 0)
		})
	}
}

func (k *Kept) hasGivenUp(head Head) bool {
	return slices.ContainsFunc(k.givenUp, func(past GivenUp) bool { return head.is(past.Head) })
}

// all are the heads that are kept, in a settled order.
func (k *Kept) all() (heads []Head) {
	for _, ofChain := range k.chains {
		heads = append(heads, ofChain...)
	}
	slices.SortFunc(heads, func(a, b Head) int { return strings.Compare(a.String(), b.String()) })
	return heads
}

// Keep notes heads that follow all that are kept of their chains. Only then is what they
// seal settled.
func (k *Keeper) Keep(ctx context.Context, kept *Kept, heads []Head) error {
	if k == nil {
		return nil
	}
	fresh := slices.DeleteFunc(slices.Clone(heads), func(head Head) bool { return slices.ContainsFunc(kept.chains[head.Chain], head.is) })
	if len(fresh) == 0 {
		return nil
	}
	if len(kept.keys) >= mostNotes {
		return k.replace(ctx, kept.with(fresh))
	}
	if err := k.write(ctx, note{since: kept.since, heads: fresh}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.followed == nil {
		k.followed = map[string]bool{}
	}
	for _, head := range fresh {
		for _, before := range kept.chains[head.Chain] {
			k.followed[before.String()] = true
		}
	}
	kept.with(fresh)
	return nil
}

// with puts heads in the place of those that they follow.
func (k *Kept) with(heads []Head) *Kept {
	for _, head := range heads {
		k.chains[head.Chain] = []Head{head}
	}
	return k
}

// replace writes one note in the place of all that were read. What another copy has
// written meanwhile stays.
func (k *Keeper) replace(ctx context.Context, kept *Kept) error {
	old := kept.keys
	if err := k.write(ctx, note{since: kept.since, heads: kept.all(), givenUp: kept.givenUp}); err != nil {
		return err
	}
	kept.keys = nil
	for _, key := range old {
		if err := k.Storage.Delete(ctx, key); err != nil {
			return fmt.Errorf("remove a note of heads that another stands for: %w", err)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.followed = nil
	return nil
}

// mostInLine is how many heads stand in one line of the log.
const mostInLine = 50

func (k *Keeper) write(ctx context.Context, made note) error {
	key := storage.Key(uuid.Nil, notes, uuid.Must(uuid.NewV7()).String())
	if err := k.Storage.Put(ctx, key, bytes.NewReader(made.encode(k.Keys))); err != nil {
		return fmt.Errorf("keep heads outside of the database: %w", err)
	}
	for some := range slices.Chunk(made.heads, mostInLine) {
		texts := make([]string, len(some))
		for i, head := range some {
			texts[i] = head.String()
		}
		k.Log.LogAttrs(ctx, slog.LevelInfo, "audit heads", slog.String("heads", strings.Join(texts, " ")))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.begun = true
	return nil
}

// alarm says in the program's log that rows stay without their seals, and why.
func (k *Keeper) alarm(ctx context.Context, err error) {
	k.Log.LogAttrs(ctx, slog.LevelError, "ALARM: what waits in the audit logs is not sealed", slog.Any("error", err))
}

// hasBegun is false until a note was read or written.
func (k *Keeper) hasBegun() bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.begun
}
