package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"frontdesk/internal/chain"
	"frontdesk/internal/clock"
	"frontdesk/internal/storage"
)

func auditCommand() *cobra.Command {
	return group("audit", "The logs of what was done, and their seals", auditVerifyCommand(), auditResumeCommand())
}

func auditVerifyCommand() *cobra.Command {
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Compare both logs with their seals; exits 1 and names each row that is not as it was sealed",
		Long: `Compare both logs with their seals; exits 1 and names each row that is not as it was sealed.

Every row is sealed a few seconds after it was written. A seal follows the one before it and holds a
keyed hash, which nobody makes without SECRET_KEYS. The head of each chain also stands in the file
storage (DATA_DIR/files, or the bucket), and in the log of the program that seals, as "audit heads".
So this finds, without anything kept by hand, what somebody does who has all of the database and
nothing else: rows or seals altered, removed, put elsewhere or made anew; a log that was emptied or
whose end was cut off; a clinic that was removed with its log; an older state of the database put in
the place of a later one. The program seals nothing behind such a place, and says so in its log.

What it cannot find:
- what was done to a row before its seal, usually in the first ten seconds: it may be altered, removed
  or kept from its seal, and a row that nobody wrote may be put in, unless it says that it is more than
  a day older than the row before it. What is held back for more than a minute is named while it is;
- what was done before heads were kept outside of the database; it says since when that is. The seals
  show alterations of that time too, but not an end that was cut off, nor one that was sealed anew;
- what somebody does who can also write the file storage, or has SECRET_KEYS: they can bring database
  and files back to the same older state together, or seal what they please. The superuser of the
  embedded database is such a person unless the program runs as root: Postgres then has its account;
- when a row was sealed (the column sealed_at), which nothing proves;
- what the database shows to this command alone, through views, policies or functions that somebody
  put in the place of its own: frontdesk rls check names policies and locks that are not as they were;
- anything but the two logs.

It prints the head of each chain, a line "head CHAIN:POSITION:HASH". Whoever keeps that output, or the
program's log, elsewhere and gives it back with --heads also finds what was done to database and file
storage together since.

After the restore of a backup the database lacks the end of what was sealed, which is found like any
other end that was cut off. frontdesk audit resume gives it up, and is told of from then on.`,
		Args: cobra.NoArgs,
	}
	heads := verify.Flags().StringArray("head", nil, "a head from an earlier time, as CHAIN:POSITION:HASH; may be repeated")
	file := verify.Flags().String("heads", "", "a file with the output of an earlier time, or with the program's log")
	verify.RunE = func(command *cobra.Command, _ []string) error {
		kept, err := readHeads(*heads, *file)
		if err != nil {
			return err
		}
		return verifyAudit(command.Context(), command.OutOrStdout(), kept)
	}
	return verify
}

func auditResumeCommand() *cobra.Command {
	resume := &cobra.Command{
		Use:   "resume",
		Short: "After the restore of a backup: let sealing go on from where the database ends",
		Long: "After the restore of a backup: let sealing go on from where the database ends.\n\n" +
			"The file storage keeps the head of each chain, and the program seals nothing behind a chain that lacks\n" +
			"it. This gives up the heads that the database has not, prints them, and records it in the platform's log\n" +
			"and in the file storage: every later verification names them, with the reason. Find out first why the\n" +
			"database lacks them: if nobody restored a backup, somebody cut the log off.",
		Args: cobra.NoArgs,
	}
	reason := resume.Flags().String("reason", "", "why the database lacks them, as \"restored the backup of 3 May\"")
	resume.RunE = func(command *cobra.Command, _ []string) error {
		if length := utf8.RuneCountInString(*reason); length == 0 || length > 500 {
			return errors.New("--reason is required, of at most 500 characters")
		}
		return resumeAudit(command.Context(), command.OutOrStdout(), *reason)
	}
	return resume
}

// keptHead is a head as it stands in the output of a verification and in the program's log.
var keptHead = regexp.MustCompile(`\b(?:clinic/[0-9a-f-]{36}|platform/(?:[0-9a-f-]{36}|none)):\d+:[0-9a-f]{64}\b`)

// longestLine bounds a line of a file with heads, in bytes.
const longestLine = 16 << 20

// readHeads takes heads from the command line and from a file, of which the rest is passed
// over.
func readHeads(given []string, file string) (kept []chain.Head, err error) {
	if file != "" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("--heads: %w", err)
		}
		defer opened.Close()
		lines := bufio.NewScanner(opened)
		lines.Buffer(nil, longestLine)
		for lines.Scan() {
			given = append(given, keptHead.FindAllString(lines.Text(), -1)...)
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

// sealing opens what the logs are sealed with, and what keeps their heads.
func (i *installation) sealing(ctx context.Context) (*chain.Sealer, error) {
	opened, err := i.openStore(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := i.keys()
	if err != nil {
		return nil, err
	}
	files, err := storage.Open(i.config)
	if err != nil {
		return nil, err
	}
	return &chain.Sealer{Store: opened, Keys: keys, Keeper: &chain.Keeper{Storage: files, Keys: keys, Log: i.log, Now: clock.System}}, nil
}

func resumeAudit(ctx context.Context, output io.Writer, reason string) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	sealer, err := i.sealing(ctx)
	if err != nil {
		return err
	}
	lost, err := sealer.Resume(ctx, reason)
	if err != nil {
		return err
	}
	for _, head := range lost {
		fmt.Fprintln(output, "given up "+head.String())
	}
	fmt.Fprintf(output, "%d heads were given up.\n", len(lost))
	return nil
}

func verifyAudit(ctx context.Context, output io.Writer, kept []chain.Head) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	sealer, err := i.sealing(ctx)
	if err != nil {
		return err
	}
	report, err := (&chain.Verifier{Store: sealer.Store, Keys: sealer.Keys, Keeper: sealer.Keeper, Kept: kept}).Verify(ctx)
	if err != nil {
		return err
	}
	printReport(output, report)
	if found := len(report.Findings); found > 0 {
		return errors.New("the logs are not as they were sealed")
	}
	fmt.Fprintf(output, "%d chains, every row as it was sealed%s.\n", len(report.Heads), exceptErased(report))
	return nil
}

func printReport(output io.Writer, report chain.Report) {
	for _, head := range report.Heads {
		fmt.Fprintln(output, "head "+head.String())
	}
	for _, erased := range report.Erased {
		fmt.Fprintln(output, "erased "+erased.String())
	}
	for _, erasing := range report.Erasing {
		fmt.Fprintln(output, "erasing "+erasing.String())
	}
	for _, past := range report.GivenUp {
		fmt.Fprintln(output, "given up "+past.String())
	}
	if report.Unread > 0 {
		fmt.Fprintf(output, "%d notes of heads in the file storage were written with other keys, and say nothing.\n", report.Unread)
	}
	if report.KeptSince.IsZero() {
		fmt.Fprintln(output, "No heads stand in the file storage: an end that was cut off is found only by --heads.")
	} else {
		fmt.Fprintf(output, "Heads stand in the file storage since %s.\n", report.KeptSince.UTC().Format(time.RFC3339))
	}
	for _, finding := range report.Findings {
		fmt.Fprintln(output, "FOUND "+finding.String())
	}
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
