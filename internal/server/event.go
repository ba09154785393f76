package server

import (
	"bufio"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"frontdesk/internal/actor"
	"frontdesk/internal/fault"
	"frontdesk/internal/guard"
	"frontdesk/internal/live"
	"frontdesk/internal/revision"
	"frontdesk/internal/store"
)

// eventPatience is how long a piece of a stream may take to leave. It is longer than a
// beat: the server's own limit is for answers that end.
const eventPatience = 30 * time.Second

// events answers /events. It stands here and not with a noun since it asks the guard
// for as long as it is open.
type events struct {
	hub   *live.Hub
	guard *guard.Guard
}

// newHub returns the hub of this process's streams.
func newHub(parts Parts) *live.Hub {
	options := live.Options{Ask: asking(parts.Store), Log: parts.Log, Beat: parts.Beat, DeafBeat: parts.Beat}
	if !parts.Config.DatabasePooler {
		options.Listen = parts.Store.Listen
	}
	return live.New(options)
}

// asking asks how far clinics have come, and the console, which is uuid.Nil.
func asking(s *store.Store) func(context.Context, []uuid.UUID) (map[uuid.UUID][]live.Number, error) {
	return func(ctx context.Context, workspaces []uuid.UUID) (map[uuid.UUID][]live.Number, error) {
		rows, err := s.PlatformStatement().RevisionList(ctx, workspaces)
		if err != nil {
			return nil, err
		}
		now := make(map[uuid.UUID][]live.Number, len(rows))
		for _, row := range rows {
			now[row.TenantID] = numbersAt(row.TenantID, revision.OfRow(row))
		}
		return now, nil
	}
}

// numbersAt are the numbers that concern the people of a clinic, or of the console.
func numbersAt(tenantID uuid.UUID, now revision.Revisions) (numbers []live.Number) {
	for _, area := range revision.AreasAt(tenantID) {
		numbers = append(numbers, live.Number{Area: string(area), Value: now.Of(area)})
	}
	return numbers
}

// Show keeps a stream of events open for as long as the person may read it. It says how
// far each area has come; the page compares that with what it shows, and asks for what
// has moved.
func (e *events) Show(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no") // proxies hold back what they take for a page
	if c.Method() == fiber.MethodHead {
		return nil
	}
	token, connection := guard.Token(c), c.Context().Conn()
	gone, err := live.Watch(connection)
	if err != nil {
		return err
	}
	c.Context().SetConnectionClose() // it is watched, and carries nothing else
	who, _ := actor.From(c.UserContext())
	stream, err := e.hub.Open(who.UserID.String(), who.TenantID, topicsOf(who)...)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "", err)
	}
	// What compresses holds back as well.
	c.Request().Header.Del(fiber.HeaderAcceptEncoding)
	reader := live.Reader{
		May: func(ctx context.Context) (bool, []live.Number, error) {
			holds, now, err := e.guard.Holds(ctx, token, who)
			return holds, numbersAt(who.TenantID, now), err
		},
		// A connection that is gone shows at the flush that follows, or is said to be.
		Extend: func() { _ = connection.SetWriteDeadline(time.Now().Add(eventPatience)) },
		Gone:   gone,
	}
	// It runs after this handler has returned, when c is another request's.
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { stream.Serve(w, reader) })
	return nil
}

// topicsOf are what concerns the person here: themselves, their session, their clinic.
func topicsOf(who actor.Actor) []string {
	topics := []string{live.Topic("user", who.UserID.String()), live.Topic("session", who.SessionID.String())}
	if who.TenantID != uuid.Nil {
		topics = append(topics, live.Topic("tenant", who.TenantID.String()))
	}
	return topics
}
