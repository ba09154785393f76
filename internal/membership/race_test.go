package membership_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard039RaceOfTwentyInvitesForTheLastSeatOnTwoCopies(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	alfa := worlds[0].Clinic("alfa")
	owners := []*clinic.Browser{enter(worlds[0], alfa, alfa.Owner), enter(worlds[1], alfa, alfa.Owner)}
	for _, owner := range owners {
		owner.Token()
	}
	connection := testkit.Connect(t, worlds[0].Database.SuperuserURL)
	for round := range rounds {
		if _, err := connection.Exec(t.Context(), "update tenants set max_seats = $1 where id = $2", 3+round, alfa.ID); err != nil {
			t.Fatal(err)
		}
		statuses := clinic.Race(20, func(i int) int {
			return owners[i%2].Post("/team", guest(fmt.Sprintf("guest-%d-%d@alfa.example", round, i))).Status
		})
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 19 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
}

// Each round finds twenty invites that have expired, and one seat.
func TestHazard039RaceOfTwentyRenewalsForTheLastSeatOnTwoCopies(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	alfa := worlds[0].Clinic("alfa")
	owners := []*clinic.Browser{enter(worlds[0], alfa, alfa.Owner), enter(worlds[1], alfa, alfa.Owner)}
	for _, owner := range owners {
		owner.Token()
	}
	connection := testkit.Connect(t, worlds[0].Database.SuperuserURL)
	seats(t, worlds[0], alfa, 3)
	for round := range rounds {
		rows, err := connection.Query(t.Context(), `with old as (update invites set revoked_at = now() where revoked_at is null)
			insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
			select $1, gen_random_uuid(), 'guest-' || $2::int || '-' || n || '@alfa.example', '', 'staff', sha256(gen_random_uuid()::text::bytea), now() - interval '1 hour'
			from generate_series(1, 20) n returning id::text`, alfa.ID, round)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]string, 0, 20)
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		statuses := clinic.Race(20, func(i int) int { return owners[i%2].Post("/team/invites/"+ids[i]+"/renewal", nil).Status })
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 19 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
}

func TestRaceOfTwoOwnersWhoDemoteEachOtherLeavesOne(t *testing.T) {
	t.Parallel()
	worlds, rounds := clinic.Racing(t), clinic.Rounds(t)
	alfa := worlds[0].Clinic("alfa")
	others := []string{membershipOf(t, worlds[0], alfa, alfa.Staff), membershipOf(t, worlds[0], alfa, alfa.Owner)}
	connection := testkit.Connect(t, worlds[0].Database.SuperuserURL)
	for round := range rounds {
		if _, err := connection.Exec(t.Context(), "update memberships set role = 'owner'"); err != nil {
			t.Fatal(err)
		}
		owners := []*clinic.Browser{enter(worlds[0], alfa, alfa.Owner), enter(worlds[1], alfa, alfa.Staff)}
		for _, owner := range owners {
			owner.Token()
		}
		// The later is refused, or, when the first is done before it arrives, signed out.
		statuses := clinic.Race(2, func(i int) int {
			return owners[i].PostFragment("/team/"+others[i]+"/role", url.Values{"role": {"staff"}}).Status
		})
		if refused := statuses[http.StatusForbidden] + statuses[http.StatusUnauthorized]; refused != 1 {
			t.Fatalf("round %d: %v", round, statuses)
		}
		var left int
		if err := connection.QueryRow(t.Context(), "select count(*) from memberships where role = 'owner' and status = 'active'").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != 1 {
			t.Fatalf("round %d: %d owners are left", round, left)
		}
	}
}
