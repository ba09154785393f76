package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"frontdesk/internal/server"
	"frontdesk/internal/user"
)

func adminCommand() *cobra.Command {
	return group("admin", "Those who run the installation", adminCreateCommand())
}

func adminCreateCommand() *cobra.Command {
	var email, name string
	var passwordStdin bool
	command := &cobra.Command{
		Use:   "create",
		Short: "Create a super-admin; a second time for the same address changes nothing",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			password, err := readPassword(command.InOrStdin(), command.ErrOrStderr(), passwordStdin)
			if err != nil {
				return err
			}
			return createAdmin(command.Context(), command.OutOrStdout(), email, name, password)
		},
	}
	command.Flags().StringVar(&email, "email", "", "address to sign in with")
	command.Flags().StringVar(&name, "name", "", "the person's name")
	command.Flags().BoolVar(&passwordStdin, "password-stdin", false, "read the password from standard input")
	for _, flag := range []string{"email", "name"} {
		if err := command.MarkFlagRequired(flag); err != nil {
			panic(err) // only a flag that does not exist
		}
	}
	return command
}

func createAdmin(ctx context.Context, output io.Writer, email, name, password string) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	opened, err := i.openStore(ctx)
	if err != nil {
		return err
	}
	created, err := user.CreateSuperAdmin(ctx, opened, server.Passwords(i.config), user.SuperAdmin{Email: email, Name: name, Password: password})
	if err != nil {
		return err
	}
	if !created {
		fmt.Fprintf(output, "%s exists already; nothing was changed\n", email)
		return nil
	}
	fmt.Fprintf(output, "%s may sign in now\n", email)
	return nil
}

// readPassword takes the first line of standard input, or asks in a terminal
// without showing what is typed.
func readPassword(input io.Reader, prompt io.Writer, fromInput bool) (string, error) {
	if fromInput {
		line, err := bufio.NewReader(input).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	if !isatty.IsTerminal(os.Stdin.Fd()) {
		return "", errors.New("no terminal to ask for the password in: use --password-stdin")
	}
	fmt.Fprint(prompt, "Password: ")
	typed, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(prompt)
	return string(typed), err
}
