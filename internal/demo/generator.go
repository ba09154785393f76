package demo

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/clock"
	"frontdesk/internal/db"
	"frontdesk/internal/localtime"
	"frontdesk/internal/search"
)

// generator makes the same values for the same seed and tenant.
type generator struct {
	random *rand.Rand
	ids    int64
}

func newGenerator(seed int64, tenant int) *generator {
	return &generator{random: rand.New(rand.NewPCG(uint64(seed), uint64(tenant)))}
}

// firstID is the instant that the first id claims to be from; each further one
// is a millisecond later, so that ids are in order as version 7 promises (RFC
// 9562, 5.7).
var firstID = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (g *generator) id() uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[8:], g.random.Uint64())
	binary.BigEndian.PutUint64(id[:8], uint64(firstID.UnixMilli()+g.ids)<<16|g.random.Uint64()&0x0fff)
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	g.ids++
	return id
}

func pick[T any](g *generator, choices []T) T { return choices[g.random.IntN(len(choices))] }

var (
	firstNames = []string{"Ana", "Maria", "Elena", "Ioana", "Andreea", "Cristina", "Ștefania", "Mihaela", "Andrei", "Alexandru", "Mihai", "Ștefan", "Ionuț", "Gabriel", "Țugui", "Vlad", "Răzvan", "Sofia", "Emma", "Luca"}
	lastNames  = []string{"Popescu", "Ionescu", "Popa", "Dumitru", "Stan", "Stoica", "Gheorghe", "Matei", "Ciobanu", "Rusu", "Mărginean", "Țurcanu", "Vlădescu", "Constantinescu-Brâncoveanu", "Șerban", "Lupu", "Moldovan", "Barbu", "Ene", "Călin"}
	plain      = strings.NewReplacer("ă", "a", "â", "a", "î", "i", "ș", "s", "ț", "t", "Ș", "S", "Ț", "T")
)

// servicesOffered are the demo's services; prices in hundredths of a leu.
var servicesOffered = []struct {
	name             string
	duration, buffer int32
	price            int64
}{
	{"Consultație", 30, 0, 20000},
	{"Control", 15, 0, 9000},
	{"Igienizare", 45, 15, 35000},
	{"Fizioterapie", 60, 0, 18000},
	{"Ecografie", 30, 0, 25000},
}

var providerNames = []string{"Dr. Irina Dobre", "Dr. Paul Neagu", "Kt. Simona Vasile"}

// colors are names of the palette.
var colors = []string{"teal", "indigo", "amber", "pink", "green", "violet", "blue", "orange"}

// rows are those of one clinic.
type rows struct {
	services     db.DemoServiceInsertParams
	providers    db.DemoProviderInsertParams
	hours        db.DemoProviderHoursInsertParams
	clients      db.DemoClientInsertParams
	appointments db.DemoAppointmentInsertParams
	mailbox      db.DemoMailboxInsertParams
	mail         mailRows
}

// clinic makes the rows of one clinic, laid around today in its time zone.
func (g *generator) clinic(size Size, now clock.Clock) *rows {
	made := &rows{}
	for _, service := range servicesOffered {
		made.services.Ids = append(made.services.Ids, g.id())
		made.services.Names = append(made.services.Names, service.name)
		made.services.Durations = append(made.services.Durations, service.duration)
		made.services.Buffers = append(made.services.Buffers, service.buffer)
		made.services.Prices = append(made.services.Prices, service.price)
	}
	g.addProviders(made, max(len(providerNames), min(200, size.Appointments/5000)))
	g.addClients(made, size.Clients)
	today := localtime.DayOf(now(), zone)
	g.addAppointments(made, size.Appointments, today)
	g.addMail(made, size.Messages, localtime.DayStart(today, zone))
	return made
}

// zone is that of the demo's clinics, which are in Romania.
var zone = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		panic(err) // the program carries the zones
	}
	return zone
}()

func (g *generator) addProviders(made *rows, count int) {
	for n := range count {
		id, name := g.id(), providerNames[n%len(providerNames)]
		if n >= len(providerNames) {
			name = fmt.Sprintf("%s %d", name, n/len(providerNames)+1)
		}
		made.providers.Ids = append(made.providers.Ids, id)
		made.providers.Names = append(made.providers.Names, name)
		made.providers.Colors = append(made.providers.Colors, colors[n%len(colors)])
		for weekday := int16(1); weekday <= 5; weekday++ {
			made.hours.Ids = append(made.hours.Ids, g.id())
			made.hours.ProviderIds = append(made.hours.ProviderIds, id)
			made.hours.Weekdays = append(made.hours.Weekdays, weekday)
		}
	}
}

func (g *generator) addClients(made *rows, count int) {
	for n := range count {
		first, last := pick(g, firstNames), pick(g, lastNames)
		email := strings.ToLower(fmt.Sprintf("%s.%s.%d@example.com", plain.Replace(first), plain.Replace(last), n+1))
		phone := fmt.Sprintf("+407%08d", 20000000+g.random.IntN(69999999))
		made.clients.Ids = append(made.clients.Ids, g.id())
		made.clients.FirstNames = append(made.clients.FirstNames, first)
		made.clients.LastNames = append(made.clients.LastNames, last)
		made.clients.Emails = append(made.clients.Emails, email)
		made.clients.Phones = append(made.clients.Phones, phone)
		made.clients.BirthDates = append(made.clients.BirthDates, time.Date(1940+g.random.IntN(80), time.Month(1+g.random.IntN(12)), 1+g.random.IntN(28), 0, 0, 0, 0, time.UTC))
		made.clients.SearchTexts = append(made.clients.SearchTexts, search.ClientText(first, last, email, phone))
	}
}

// addAppointments fills the local working days nearest to today first, about half of
// each provider's day.
func (g *generator) addAppointments(made *rows, count int, today time.Time) {
	if len(made.clients.Ids) == 0 {
		return
	}
	for n := 0; len(made.appointments.Ids) < count; n++ {
		day := today.AddDate(0, 0, nearest(n))
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		for _, provider := range made.providers.Ids {
			for slot := 0; slot < 16 && len(made.appointments.Ids) < count; slot++ {
				if g.random.IntN(100) < 50 {
					g.addAppointment(made, provider, day, slot, today)
				}
			}
		}
	}
}

// nearest counts 0, 1, -1, 2, -2 and so on.
func nearest(n int) int {
	if n%2 == 1 {
		return (n + 1) / 2
	}
	return -n / 2
}

func (g *generator) addAppointment(made *rows, provider uuid.UUID, day time.Time, slot int, today time.Time) {
	starts, err := localtime.First(day, 9*60+30*slot, zone)
	if err != nil {
		return // no clinic is open while clocks are changed
	}
	status := pick(g, []string{"booked", "booked", "confirmed"})
	if day.Before(today) {
		status = pick(g, []string{"completed", "completed", "completed", "no_show"})
	}
	length := pick(g, []time.Duration{15 * time.Minute, 30 * time.Minute, 30 * time.Minute})
	made.appointments.Ids = append(made.appointments.Ids, g.id())
	made.appointments.ClientIds = append(made.appointments.ClientIds, pick(g, made.clients.Ids))
	made.appointments.ProviderIds = append(made.appointments.ProviderIds, provider)
	made.appointments.ServiceIds = append(made.appointments.ServiceIds, pick(g, made.services.Ids))
	made.appointments.Starts = append(made.appointments.Starts, starts)
	made.appointments.Ends = append(made.appointments.Ends, starts.Add(length))
	made.appointments.Statuses = append(made.appointments.Statuses, status)
}
