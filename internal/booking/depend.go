package booking

import (
	"context"
	"fmt"

	"frontdesk/internal/db"
)

// Check says what is wrong with the client, provider and service of a request as
// they are now: for a form that comes back for another reason and should say all
// of them at once. Book asks again, when nobody can change them.
func Check(ctx context.Context, queries *db.Queries, request Request) error {
	facts, err := readFacts(ctx, queries, request.planOf(db.BookingFactsRow{}))
	if err != nil {
		return err
	}
	return reject(facts, true, true)
}

func readFacts(ctx context.Context, queries *db.Queries, plan Plan) (db.BookingFactsRow, error) {
	facts, err := queries.BookingFacts(ctx, db.BookingFactsParams{ClientID: plan.ClientID, ProviderID: plan.ProviderID, ServiceID: plan.ServiceID})
	if err != nil {
		return facts, fmt.Errorf("read client, provider and service: %w", err)
	}
	return facts, nil
}

// reject says what is wrong with the choices, by field. A provider or service that
// is no longer active may stay, but not be chosen.
func reject(facts db.BookingFactsRow, newProvider, newService bool) error {
	rejected := map[string]string{}
	if !facts.ClientKnown {
		rejected["client_id"] = "field.choose"
	}
	if !facts.ProviderKnown || newProvider && !facts.ProviderActive {
		rejected["provider_id"] = "field.choose"
	}
	if !facts.ServiceKnown || newService && !facts.ServiceActive {
		rejected["service_id"] = "field.choose"
	}
	if len(rejected) == 0 && (newProvider || newService) && !facts.Given {
		rejected["service_id"] = "appointment.not_given"
	}
	return invalid(rejected)
}
