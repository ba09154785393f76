package config

import (
	"os"
	"reflect"
	"strings"
)

func environment() map[string]string {
	variables := map[string]string{}
	for _, pair := range os.Environ() {
		if name, value, found := strings.Cut(pair, "="); found {
			variables[name] = value
		}
	}
	return variables
}

// withoutEmpty drops variables that are set to nothing, so that an empty line of
// .env.example means the default.
func withoutEmpty(variables map[string]string) map[string]string {
	kept := make(map[string]string, len(variables))
	for name, value := range variables {
		if value != "" {
			kept[name] = value
		}
	}
	return kept
}

// Example is the text of .env.example: every variable with its default.
func Example() string {
	var text strings.Builder
	text.WriteString("# Every setting of Frontdesk, with its default. Copy to .env and change what you need.\n# Made from internal/config by `make generate`.\n")
	for field := range reflect.TypeFor[Config]().Fields() {
		text.WriteString("\n")
		if comment := field.Tag.Get("comment"); comment != "" {
			text.WriteString("# " + comment + "\n")
		}
		text.WriteString(field.Tag.Get("env") + "=" + field.Tag.Get("envDefault") + "\n")
	}
	return text.String()
}
