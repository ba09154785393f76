package tenant

import (
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"frontdesk/internal/locale"
	views "frontdesk/views/tenant"
)

// countries are where a clinic may be (ISO 3166-1), the usual one first: they
// decide how telephone numbers without a prefix are read.
var countries = []string{
	"RO", "AL", "AT", "AU", "BA", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GE", "GR",
	"HR", "HU", "IE", "IL", "IN", "IS", "IT", "LT", "LU", "LV", "MD", "ME", "MK", "MT", "NL", "NO", "NZ", "PL", "PT", "RS", "SE",
	"SI", "SK", "TR", "UA", "US", "ZA",
}

// currencies are those of prices (ISO 4217), the usual one first.
var currencies = []string{
	"RON", "EUR", "ALL", "AUD", "BAM", "BRL", "CAD", "CHF", "CZK", "DKK", "GBP", "GEL", "HUF", "ILS", "INR", "ISK", "MDL", "MKD",
	"NOK", "NZD", "PLN", "RSD", "SEK", "TRY", "UAH", "USD", "ZAR",
}

// countryChoices are the countries by their names in the person's language.
func countryChoices(l *locale.Locale) []views.Choice {
	tag := language.Make(l.Language())
	names := display.Regions(tag)
	choices := make([]views.Choice, len(countries))
	for i, code := range countries {
		choices[i] = views.Choice{Value: code, Label: names.Name(language.MustParseRegion(code))}
	}
	order := collate.New(tag)
	slices.SortFunc(choices, func(a, b views.Choice) int { return order.CompareString(a.Label, b.Label) })
	return choices
}

func countryName(l *locale.Locale, code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return display.Regions(language.Make(l.Language())).Name(region)
}
