package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"frontdesk/internal/chain"
)

func auditCommand() *cobra.Command {
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Compare both logs with their seals; exits 1 and names each row that is not as it was sealed",
		Long: "Compare both logs with their seals; exits 1 and names each row that is not as it was sealed.\n\n" +
			"It prints the head of each chain, a line \"head CHAIN:POSITION:HASH\". Keep that output where whoever\n" +
			"owns the database cannot reach it, and give it back next time with --heads: rows that were cut off at\n" +
			"a chain's end are found only so.",
		Args: cobra.NoArgs,
	}
	heads := verify.Flags().StringArray("head", nil, "a head from an earlier time, as CHAIN:POSITION:HASH; may be repeated")
	file := verify.Flags().String("heads", "", "a file with the output of an earlier time")
	verify.RunE = func(command *cobra.Command, _ []string) error {
		kept, err := readHeads(*heads, *file)
		if err != nil {
			return err
		}
		return verifyAudit(command.Context(), command.OutOrStdout(), kept)
	}
	return group("audit", "The logs of what was done, and their seals", verify)
}

// headMark begins the lines of a verification's output that are worth keeping.
const headMark = "head "

// readHeads takes heads from the command line and from an earlier output, of which
// the other lines are passed over.
func readHeads(given []string, file string) (kept []chain.Head, err error) {
	if file != "" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("--heads: %w", err)
		}
		defer opened.Close()
		lines := bufio.NewScanner(opened)
		for lines.Scan() {
			if head, isHead := strings.CutPrefix(lines.Text(), headMark); isHead {
				given = append(given, head)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("--heads: %w", err)
		}
	}
	for _, text := range given {
		head, err := chain.ParseHead(text)
		if err != nil {
			return nil, err
		}
		kept = append(kept, head)
	}
	return kept, nil
}

func verifyAudit(ctx context.Context, output io.Writer, kept []chain.Head) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	opened, err := i.openStore(ctx)
	if err != nil {
		return err
	}
	keys, err := i.keys()
	if err != nil {
		return err
	}
	report, err := (&chain.Verifier{Store: opened, Keys: keys, Kept: kept}).Verify(ctx)
	if err != nil {
		return err
	}
	for _, head := range report.Heads {
		fmt.Fprintln(output, headMark+head.String())
	}
	for _, erased := range report.Erased {
		fmt.Fprintln(output, "erased "+erased.String())
	}
	for _, erasing := range report.Erasing {
		fmt.Fprintln(output, "erasing "+erasing.String())
	}
	for _, finding := range report.Findings {
		fmt.Fprintln(output, "FOUND "+finding.String())
	}
	if found := len(report.Findings); found > 0 {
		return errors.New("the logs are not as they were sealed")
	}
	fmt.Fprintf(output, "%d chains, every row as it was sealed%s.\n", len(report.Heads), exceptErased(report))
	return nil
}

// exceptErased says how many rows prove nothing any more, and how many secrets are about
// to go, where there are some.
func exceptErased(report chain.Report) (text string) {
	if erased := len(report.Erased); erased > 0 {
		text += fmt.Sprintf(", %d times what was erased aside", erased)
	}
	if erasing := len(report.Erasing); erasing > 0 {
		text += fmt.Sprintf(", %d secrets being erased", erasing)
	}
	return text
}
