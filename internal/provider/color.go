package provider

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"frontdesk/views/ui"
)

// hues are the palette's hues in OKLCH degrees, as static/src/calendar.css
// paints them; slate is what has next to no hue.
var hues = map[string]float64{
	"teal": 192, "blue": 245, "indigo": 275, "violet": 305, "pink": 350, "red": 22, "orange": 52, "amber": 85, "green": 152,
}

const (
	grey = "slate"
	// leastChroma is where a colour begins to look like one.
	leastChroma = 0.04
)

var hexColor = regexp.MustCompile(`^#(?:[0-9a-f]{3}|[0-9a-f]{6})$`)

// ParseColor reads a colour by its name, or takes the nearest one to a colour that a
// script sends as #rrggbb or #rgb. Empty stays empty; ok is false for anything
// else.
func ParseColor(text string) (color string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch {
	case text == "" || slices.Contains(ui.Colors, text):
		return text, true
	case hexColor.MatchString(text):
		return nearestColor(text[1:]), true
	}
	return "", false
}

// NextColor returns the first colour that nobody has, and once all are taken, the
// one that the fewest have.
func NextColor(used []string) string {
	best, fewest := ui.Colors[0], math.MaxInt
	for _, color := range ui.Colors {
		count := 0
		for _, other := range used {
			if other == color {
				count++
			}
		}
		if count < fewest {
			best, fewest = color, count
		}
	}
	return best
}

// nearestColor compares hues, since the palette fixes how light and how strong its
// colours are.
func nearestColor(hex string) string {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	chroma, hue := chromaAndHue(channel(hex[0:2]), channel(hex[2:4]), channel(hex[4:6]))
	if chroma < leastChroma {
		return grey
	}
	nearest, least := grey, math.Inf(1)
	for _, color := range ui.Colors {
		target, coloured := hues[color]
		if !coloured {
			continue
		}
		distance := math.Abs(math.Mod(hue-target+540, 360) - 180)
		if distance < least {
			nearest, least = color, distance
		}
	}
	return nearest
}

// channel is a colour's part of two hexadecimal digits as linear light, 0 to 1
// (IEC 61966-2-1).
func channel(hex string) float64 {
	number, err := strconv.ParseUint(hex, 16, 8)
	if err != nil {
		// hexColor lets nothing else through.
		return 0
	}
	part := float64(number) / 255
	if part <= 0.04045 {
		return part / 12.92
	}
	return math.Pow((part+0.055)/1.055, 2.4)
}

// chromaAndHue are those of OKLCH, from linear sRGB (CSS Color 4, 9.2).
func chromaAndHue(red, green, blue float64) (chroma, hue float64) {
	l := math.Cbrt(0.4122214708*red + 0.5363325363*green + 0.0514459929*blue)
	m := math.Cbrt(0.2119034982*red + 0.6806995451*green + 0.1073969566*blue)
	s := math.Cbrt(0.0883024619*red + 0.2817188376*green + 0.6299787005*blue)
	a := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	b := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	hue = math.Atan2(b, a) * 180 / math.Pi
	return math.Hypot(a, b), math.Mod(hue+360, 360)
}
