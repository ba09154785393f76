// Command example prints .env.example.
package main

import (
	"fmt"

	"frontdesk/internal/config"
)

func main() { fmt.Print(config.Example()) }
