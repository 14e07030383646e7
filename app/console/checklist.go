package console

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
)

// checklistOf is the key of the facts table under which a platform's finished setup steps are kept. It is the one thing
// that the console writes.
func checklistOf(platformID string) string { return "checklist:" + platformID }

// Checklist gives the setup steps of a platform that were marked as done, by their ids.
func (co *Console) Checklist(ctx context.Context, platformID string) (map[string]bool, error) {
	done, err := readChecklist(ctx, co.db, platformID)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, id := range done {
		out[id] = true
	}
	return out, nil
}

func readChecklist(ctx context.Context, db *ent.Client, platformID string) ([]string, error) {
	row, err := db.Meta.Get(ctx, checklistOf(platformID))
	if store.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the checklist of %s: %w", platformID, err)
	}
	var done []string
	if err := json.Unmarshal(row.Value, &done); err != nil {
		return nil, nil //nolint:nilerr // a list that cannot be read is begun again
	}
	return done, nil
}

// Check marks a setup step of a platform as done, or not. NOT_FOUND: there is no such platform or step.
func (co *Console) Check(ctx context.Context, platformID, step string, done bool) error {
	spec, ok := co.platforms.Spec(platformID)
	if !ok || !slices.ContainsFunc(spec.Setup, func(s platform.SetupStep) bool { return s.ID == step }) {
		return notFound()
	}
	err := co.store.Tx(ctx, func(tx store.Tx) error {
		list, err := readChecklist(ctx, tx.Client, platformID)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(id string) bool { return id == step })
		if done {
			list = append(list, step)
		}
		b, err := json.Marshal(list)
		if err != nil {
			return err
		}
		return tx.Meta.Create().SetID(checklistOf(platformID)).SetValue(b).OnConflictColumns("id").UpdateNewValues().Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("mark a setup step of %s: %w", platformID, err)
	}
	return nil
}
