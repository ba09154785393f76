package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"frontdesk/internal/factor"
	"frontdesk/internal/fault"
	"frontdesk/internal/server"
	"frontdesk/internal/store"
	"frontdesk/internal/user"
)

func adminCommand() *cobra.Command {
	return group("admin", "Those who run the installation", adminCreateCommand(), adminListCommand(), adminResetCommand())
}

func adminCreateCommand() *cobra.Command {
	var email, name string
	var passwordStdin bool
	command := &cobra.Command{
		Use:   "create",
		Short: "Create a super-admin; a second time for the same address changes nothing",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := askFor(command.ErrOrStderr(), passwordStdin, &email, &name); err != nil {
				return err
			}
			password, err := readPassword(command.InOrStdin(), command.ErrOrStderr(), passwordStdin)
			if err != nil {
				return err
			}
			return createAdmin(command.Context(), command.OutOrStdout(), email, name, password)
		},
	}
	command.Flags().StringVar(&email, "email", "", "address to sign in with; asked for in a terminal when missing")
	command.Flags().StringVar(&name, "name", "", "the person's name; likewise")
	command.Flags().BoolVar(&passwordStdin, "password-stdin", false, "read the password from standard input")
	return command
}

// askFor asks in a terminal for what the flags left out. A script, which has none or
// gives the password on standard input, must name both.
func askFor(prompt io.Writer, scripted bool, email, name *string) error {
	if *email != "" && *name != "" {
		return nil
	}
	if scripted || !isatty.IsTerminal(os.Stdin.Fd()) {
		return errors.New("--email and --name are required where there is no terminal to ask in")
	}
	typed := bufio.NewReader(os.Stdin)
	for _, wanted := range []struct {
		label string
		value *string
	}{{"E-mail", email}, {"Name", name}} {
		if *wanted.value != "" {
			continue
		}
		fmt.Fprintf(prompt, "%s: ", wanted.label)
		line, err := typed.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read the %s: %w", wanted.label, err)
		}
		*wanted.value = strings.TrimSpace(line)
	}
	return nil
}

func adminListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the super-admins: whether they may sign in, have a second factor, and when they were last seen",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return withStore(command.Context(), func(ctx context.Context, opened *store.Store) error {
				return listAdmins(ctx, command.OutOrStdout(), opened)
			})
		},
	}
}

func listAdmins(ctx context.Context, output io.Writer, opened *store.Store) error {
	rows, err := opened.PlatformStatement().UserListSuperAdmins(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(output, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "E-MAIL\tNAME\tSTATUS\tSECOND FACTOR\tLAST SEEN")
	for _, row := range rows {
		factor := "no"
		if row.HasSecondFactor {
			factor = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", row.Email, row.Name, row.Status, factor, cmp.Or(row.LastSeenAt, "-"))
	}
	return table.Flush()
}

func adminResetCommand() *cobra.Command {
	var email string
	command := &cobra.Command{
		Use:   "reset-2fa",
		Short: "Take away a super-admin's second factor, passkeys and sessions, so that they enrol anew",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return withStore(command.Context(), func(ctx context.Context, opened *store.Store) error {
				err := factor.ResetSuperAdmin(ctx, opened, email)
				if fault.Is(err, fault.NotFound) {
					return fmt.Errorf("no super-admin has the address %s", email)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(command.OutOrStdout(), "%s enrols a second factor at the next sign-in\n", email)
				return nil
			})
		},
	}
	command.Flags().StringVar(&email, "email", "", "whose")
	if err := command.MarkFlagRequired("email"); err != nil {
		panic(err) // only a flag that does not exist
	}
	return command
}

// withStore opens the installation's database for the time of one command.
func withStore(ctx context.Context, do func(context.Context, *store.Store) error) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	opened, err := i.openStore(ctx)
	if err != nil {
		return err
	}
	return do(ctx, opened)
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
