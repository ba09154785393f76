package service

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// mostPrice is the schema's bound, in hundredths.
const mostPrice = 100_000_000

var (
	// plainPrice is digits and at most two decimals, after a point or a comma.
	plainPrice = regexp.MustCompile(`^(\d{1,9})(?:[.,](\d{1,2}))?$`)
	// groupedPrice has thousands set apart by one sign and decimals by the other,
	// so that neither can be taken for the other.
	groupedPrice = regexp.MustCompile(`^(?:\d{1,3}(?:,\d{3})+\.\d{1,2}|\d{1,3}(?:\.\d{3})+,\d{1,2})$`)
	spaces       = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "")
	signs        = strings.NewReplacer(",", "", ".", "")
)

// ParsePrice reads an amount as people write it, 150, 150.5, 150,50 or 1.150,50,
// as hundredths. problem is the catalog key of what is wrong, or "". 1.150 alone
// is refused: in one language it is a thousand times what it is in the other.
func ParsePrice(text string) (hundredths int64, problem string) {
	compact := spaces.Replace(text)
	if groupedPrice.MatchString(compact) {
		decimals := compact[strings.LastIndexAny(compact, ".,"):]
		compact = signs.Replace(strings.TrimSuffix(compact, decimals)) + decimals
	}
	parts := plainPrice.FindStringSubmatch(compact)
	if parts == nil {
		return 0, "service.price_unreadable"
	}
	decimals := (parts[2] + "00")[:2]
	hundredths, err := strconv.ParseInt(parts[1]+decimals, 10, 64)
	if err != nil || hundredths > mostPrice {
		return 0, "field.number_range"
	}
	return hundredths, ""
}

// FormatPrice writes hundredths as a form's field holds them; sign stands before
// the decimals. Nothing is the empty text.
func FormatPrice(hundredths int64, sign string) string {
	if hundredths == 0 {
		return ""
	}
	return fmt.Sprintf("%d%s%02d", hundredths/100, sign, hundredths%100)
}
