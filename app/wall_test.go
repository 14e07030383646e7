package app_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"entgo.io/ent/privacy"

	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/migrate"
)

// seen is how many rows of a table a viewer sees, and whether the question was refused.
func seen(ctx context.Context, t *testing.T, db *ent.Client, entity string) (n int, refused bool) {
	t.Helper()
	q := reflect.ValueOf(db).Elem().FieldByName(entity).MethodByName("Query").Call(nil)[0]
	out := q.MethodByName("Count").Call([]reflect.Value{reflect.ValueOf(ctx)})
	err, _ := out[1].Interface().(error)
	if err != nil && !errors.Is(err, privacy.Deny) {
		t.Fatalf("%s: %v", entity, err)
	}
	return int(out[0].Int()), err != nil
}

// entities names every type of the data layer by its table, as the client has them.
func entities(t *testing.T, db *ent.Client) map[string]string {
	t.Helper()
	out := map[string]string{}
	typ := reflect.TypeOf(*db)
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Type.Kind() != reflect.Pointer || !strings.HasSuffix(f.Type.Elem().Name(), "Client") {
			continue
		}
		for _, table := range migrate.Tables {
			name := strings.ToLower(f.Name)
			plain := strings.ReplaceAll(table.Name, "_", "")
			if plain == name || plain == name+"s" || plain == name+"es" || plain == strings.TrimSuffix(name, "y")+"ies" {
				out[table.Name] = f.Name
			}
		}
	}
	return out
}

// whose says of every table who sees its rows beside the program itself. A table that is not here fails the test.
var whose = map[string]string{
	"users": "own", "connections": "own", "sessions": "own", "api_tokens": "own", "pending_flows": "own",
	"connection_events": "own", "notices": "own", "doubts": "own", "refusals": "own", "runs": "own", "sync_logs": "own", "schedules": "own",
	"profiles": "numbers", "account_readings": "numbers", "totals": "numbers", "day_readings": "numbers", "posts": "numbers", "snapshots": "numbers", "post_history": "numbers", "post_ages": "numbers", "tags": "numbers", "post_tags": "numbers", "audiences": "numbers",
	"invites": "operators", "attempt_counts": "operators", "audit_events": "operators", "alerts": "operators", "deliveries": "operators",
	"deletions": "operators", "meta": "operators",
	"holds": "nobody's", "clocks": "nobody's", "quota_uses": "nobody's",
}

// C2, item by item: the data layer itself keeps a creator to their own rows, an admin from everybody's numbers, and
// whoever is not signed in from everything, in every table. A new table fails here until it says whose its rows are.
// Both databases.
func TestTheWall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.leaver()
	other := h.person("somebody.else@example.test", "Somebody", "creator")
	system := viewer.System(t.Context(), viewer.ReasonTest)
	db := h.Store.Client
	names := entities(t, db)
	for _, table := range migrate.Tables {
		class, known := whose[table.Name]
		entity := names[table.Name]
		if !known || entity == "" {
			t.Errorf(
				"table %s: say whose its rows are, and let its schema have a mixin of the wall (entity %q)",
				table.Name,
				entity,
			)
			continue
		}
		if seed := seeds[table.Name]; seed != nil {
			seed(system, db, l)
		}
		all, refused := seen(system, t, db, entity)
		if refused || (all == 0 && class != "operators" && class != "nobody's") {
			t.Errorf("%s: the program itself sees %d rows, refused %v, want all", table.Name, all, refused)
		}
		for name, ctx := range map[string]context.Context{
			"no viewer": t.Context(), "a visitor": viewer.With(t.Context(), viewer.Viewer{}), "a reason that is none": viewer.System(t.Context(), ""),
		} {
			if n, refused := seen(ctx, t, db, entity); !refused {
				t.Errorf("%s: %s sees %d rows, want the question refused", table.Name, name, n)
			}
		}
		owner, ownerRefused := seen(viewer.With(t.Context(), viewer.Viewer{UserID: l.user.ID}), t, db, entity)
		stranger, strangerRefused := seen(viewer.With(t.Context(), viewer.Viewer{UserID: other}), t, db, entity)
		admin, adminRefused := seen(viewer.With(t.Context(), viewer.Viewer{UserID: other, Admin: true}), t, db, entity)
		switch class {
		case "own", "numbers":
			mine := 0
			if table.Name == "users" {
				mine = 1
			}
			if ownerRefused || owner == 0 {
				t.Errorf("%s: the owner sees %d rows, refused %v, want their own", table.Name, owner, ownerRefused)
			}
			if strangerRefused || stranger != mine {
				t.Errorf("%s: another creator sees %d rows, want %d", table.Name, stranger, mine)
			}
			if class == "numbers" && !adminRefused {
				t.Errorf("%s: an admin sees %d rows, want them refused: they are numbers", table.Name, admin)
			}
			if class == "own" && (adminRefused || admin != all) {
				t.Errorf("%s: an admin sees %d rows, want all %d", table.Name, admin, all)
			}
		case "operators":
			if !ownerRefused || !strangerRefused || adminRefused || admin != all {
				t.Errorf("%s: a creator sees %d rows and an admin %d, want none and all %d", table.Name, owner, admin, all)
			}
		default:
			if owner != all || admin != all {
				t.Errorf("%s: a creator sees %d rows and an admin %d, want all %d", table.Name, owner, admin, all)
			}
		}
	}
}

// C2: what a creator changes or deletes is their own, whatever the statement selects; what they add is theirs.
func TestTheWallKeepsChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.leaver()
	other := h.person("somebody.else@example.test", "Somebody", "creator")
	system := viewer.System(t.Context(), viewer.ReasonTest)
	stranger := viewer.With(t.Context(), viewer.Viewer{UserID: other})
	db := h.Store.Client
	if n, err := db.Connection.Update().SetHandle("stolen").Save(stranger); n != 0 || err != nil {
		t.Errorf("got %d connections of another changed, %v, want none", n, err)
	}
	if err := db.Connection.UpdateOneID(l.conns[0].ID).SetHandle("stolen").Exec(stranger); !ent.IsNotFound(err) {
		t.Errorf("got %v for another's connection, want it not found", err)
	}
	for name, do := range map[string]func() (int, error){
		"connections": func() (int, error) { return db.Connection.Delete().Exec(stranger) },
		"posts":       func() (int, error) { return db.Post.Delete().Exec(stranger) },
		"history":     func() (int, error) { return db.PostHistory.Delete().Exec(stranger) },
		"runs":        func() (int, error) { return db.Run.Delete().Exec(stranger) },
	} {
		if n, err := do(); n != 0 || err != nil {
			t.Errorf("%s: got %d of another's rows deleted, %v, want none", name, n, err)
		}
	}
	err := db.APIToken.Create().SetUserID(l.user.ID).SetLabel("planted").SetTokenHash("planted").Exec(stranger)
	if !errors.Is(err, privacy.Deny) {
		t.Errorf("got %v for a token in another's name, want it refused", err)
	}
	if err := db.APIToken.Create().SetUserID(other).SetLabel("own").SetTokenHash("own").Exec(stranger); err != nil {
		t.Errorf("got %v for a token of one's own", err)
	}
	if got := db.Connection.GetX(system, l.conns[0].ID); got.Handle == "stolen" {
		t.Error("got another's connection changed")
	}
	if n, err := db.Connection.Update().SetHandle("mine").Save(viewer.With(t.Context(), viewer.Viewer{UserID: l.user.ID})); n != len(
		l.conns,
	) ||
		err != nil {
		t.Errorf("got %d of one's own connections changed, %v, want %d", n, err, len(l.conns))
	}
}
