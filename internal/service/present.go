package service

import (
	"context"
	"strconv"
	"time"

	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/locale"
	views "frontdesk/views/service"
)

// usualDuration is what the form of a new service begins with, in minutes.
const usualDuration = "30"

// listRows says a page of services as it is shown.
func listRows(ctx context.Context, rows []db.ServiceListRow) []views.Row {
	shown := make([]views.Row, len(rows))
	for i, row := range rows {
		shown[i] = views.Row{
			ID: row.ID, Name: row.Name, Active: row.Active, Price: price(ctx, row.Price),
			Duration: minutes(row.Duration), BufferBefore: minutes(row.BufferBefore), BufferAfter: minutes(row.BufferAfter),
		}
	}
	return shown
}

// profile gathers a service's page.
func profile(ctx context.Context, row db.ServiceGetRow, providers []db.ServiceProviderListRow, upcoming int64) views.Profile {
	shown := views.Profile{
		Row: views.Row{
			ID: row.ID, Name: row.Name, Active: row.Active, Price: price(ctx, row.Price),
			Duration: minutes(row.Duration), BufferBefore: minutes(row.BufferBefore), BufferAfter: minutes(row.BufferAfter),
		},
		Upcoming: int(upcoming),
	}
	for _, provider := range providers {
		shown.Providers = append(shown.Providers, views.Provider{ID: provider.ID, Name: provider.Name, Color: provider.Color})
	}
	return shown
}

// price is an amount in the clinic's currency; "" where there is none.
func price(ctx context.Context, hundredths int64) string {
	if hundredths == 0 {
		return ""
	}
	return locale.From(ctx).Money(hundredths, guard.Currency(ctx))
}

func minutes(n int32) time.Duration { return time.Duration(n) * time.Minute }

func detailsOf(row db.ServiceGetRow) Details {
	return Details{
		Name: row.Name, Duration: int(row.Duration), BufferBefore: int(row.BufferBefore), BufferAfter: int(row.BufferAfter), Price: row.Price,
	}
}

// values are the details as the fields of the form show them.
func (d Details) values(ctx context.Context) map[string]string {
	return map[string]string{
		"name": d.Name, "duration": strconv.Itoa(d.Duration), "buffer_before": optional(d.BufferBefore), "buffer_after": optional(d.BufferAfter),
		"price": FormatPrice(d.Price, locale.From(ctx).T("service.decimal_sign")),
	}
}

func optional(minutes int) string {
	if minutes == 0 {
		return ""
	}
	return strconv.Itoa(minutes)
}
