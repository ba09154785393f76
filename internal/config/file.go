package config

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
)

// loadFile adds NAME=value lines to the environment; what is set already wins.
func loadFile(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			return fmt.Errorf("%s line %d is not NAME=value", path, number)
		}
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, strings.Trim(value, `"'`)); err != nil {
			return fmt.Errorf("%s line %d: %w", path, number, err)
		}
	}
	return lines.Err()
}

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
