package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"frontdesk/internal/store"
)

func migrateCommand() *cobra.Command {
	command := group("migrate", "Change or show the schema's version")
	steps := []struct {
		name, short string
		run         func(context.Context, *store.Migrator, io.Writer) error
	}{
		{"up", "Bring the schema to this program's version", migrateUp},
		{"down", "Undo the latest migration", migrateDown},
		{"status", "List the migrations and when they were applied", migrateStatus},
		{"version", "Print the schema's version and the program's", migrateVersion},
	}
	for _, step := range steps {
		command.AddCommand(&cobra.Command{
			Use: step.name, Short: step.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error {
				return withMigrator(command.Context(), func(migrator *store.Migrator) error {
					return step.run(command.Context(), migrator, command.OutOrStdout())
				})
			},
		})
	}
	return command
}

func withMigrator(ctx context.Context, fn func(*store.Migrator) error) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	migrator, err := i.migrator(ctx)
	if err != nil {
		return err
	}
	return errors.Join(fn(migrator), migrator.Close())
}

func migrateUp(ctx context.Context, migrator *store.Migrator, output io.Writer) error {
	if err := migrator.Up(ctx); err != nil {
		return err
	}
	return migrateVersion(ctx, migrator, output)
}

func migrateDown(ctx context.Context, migrator *store.Migrator, output io.Writer) error {
	if err := migrator.Down(ctx); err != nil {
		return err
	}
	return migrateVersion(ctx, migrator, output)
}

func migrateStatus(ctx context.Context, migrator *store.Migrator, output io.Writer) error {
	migrations, err := migrator.Status(ctx)
	if err != nil {
		return err
	}
	for _, migration := range migrations {
		applied := "pending"
		if !migration.AppliedAt.IsZero() {
			applied = migration.AppliedAt.UTC().Format("2006-01-02 15:04:05Z")
		}
		fmt.Fprintf(output, "%-22s %s\n", applied, migration.Source.Path)
	}
	return nil
}

func migrateVersion(ctx context.Context, migrator *store.Migrator, output io.Writer) error {
	database, program, err := migrator.Version(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(output, "schema %d, program %d\n", database, program)
	return nil
}
