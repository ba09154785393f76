package ui

import (
	"slices"
	"strings"
	"unicode"
)

// Colors is the closed palette for what people tell apart by colour: providers,
// labels, avatars. Each is legible in the light and in the dark theme; the
// colours stand in static/src/calendar.css. A stored colour is one of these names.
var Colors = []string{"teal", "blue", "indigo", "violet", "pink", "red", "orange", "amber", "green", "slate"}

// ColorClass returns the class of a colour, and that of slate for a name that is not
// in the palette, so that a stored value never reaches a class attribute.
func ColorClass(color string) string {
	if slices.Contains(Colors, color) {
		return "color-" + color
	}
	return "color-slate"
}

// ColorFor picks a colour for a name, the same each time.
func ColorFor(name string) string {
	sum := 0
	for _, r := range strings.ToLower(name) {
		sum = (sum*31 + int(r)) % 9973
	}
	return Colors[sum%(len(Colors)-1)]
}

// Initials returns the first letters of the first and last word of a name; titles
// such as "Dr." do not count.
func Initials(name string) string {
	var letters []string
	for _, word := range strings.Fields(name) {
		if letter := firstLetter(word); letter != "" && !strings.HasSuffix(word, ".") {
			letters = append(letters, letter)
		}
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return letters[0]
	}
	return letters[0] + letters[len(letters)-1]
}

func firstLetter(word string) string {
	for _, r := range word {
		if unicode.IsLetter(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}
