package guard

import "context"

type currencyKey struct{}

// WithCurrency returns ctx carrying the clinic's currency (ISO 4217).
func WithCurrency(ctx context.Context, currency string) context.Context {
	return context.WithValue(ctx, currencyKey{}, currency)
}

// Currency returns the clinic's currency, or "".
func Currency(ctx context.Context) string {
	currency, _ := ctx.Value(currencyKey{}).(string)
	return currency
}
