package jobs_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/deletion"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/synclog"
)

// channel is a connected YouTube channel that was synced once, on the first morning.
type channel struct {
	*jobstest.Harness
	t         *testing.T
	owner, id string
}

const days = 24 * time.Hour

func newChannel(t *testing.T) *channel {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("channel@example.test")
	c := &channel{y, t, owner, y.AddAccount(owner, "youtube", sandbox.Choice{})}
	c.RunDue()
	return c
}

func (c *channel) row() *ent.Connection {
	c.t.Helper()
	row, err := c.Store.Read.Connection.Get(c.Ctx, c.id)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return row
}

// held counts what is stored of the channel.
func (c *channel) held() int {
	c.t.Helper()
	db := c.Store.Read
	return db.Profile.Query().
		Where(profile.ConnectionID(c.id)).
		CountX(c.Ctx) +
		db.Post.Query().
			Where(post.ConnectionID(c.id)).
			CountX(c.Ctx) +
		db.Snapshot.Query().
			Where(snapshot.ConnectionID(c.id)).
			CountX(c.Ctx) +
		db.SyncLog.Query().
			Where(synclog.ConnectionID(c.id)).
			CountX(c.Ctx)
}

func (c *channel) sweep() []connect.Purged {
	c.t.Helper()
	out, err := c.Connect.Deletions.Sweep(c.Ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *channel) sync(want run.State) {
	c.t.Helper()
	id := c.RequestSync(c.id)
	c.RunDue()
	if got := c.Store.Read.Run.GetX(c.Ctx, id); got.State != want {
		c.t.Fatalf("got a sync that ended %s %s, want %s", got.State, got.ErrorMessage, want)
	}
}

// due checks by when the data must be gone.
func (c *channel) due(want time.Time) {
	c.t.Helper()
	if row := c.row(); row == nil || row.DeleteBy == nil || !row.DeleteBy.Equal(want) {
		c.t.Errorf("got %+v, want deletion by %s", row, want)
	}
}

// quiet checks that what was emptied is left alone from then on: nothing is purged or noted again.
func (c *channel) quiet() {
	c.t.Helper()
	before := c.Store.Read.ConnectionEvent.Query().CountX(c.Ctx)
	receipt := c.Store.Read.Deletion.Query().OnlyX(c.Ctx)
	for range 6 {
		c.Advance(8 * time.Hour)
		if got := c.sweep(); len(got) > 0 {
			c.t.Errorf("got %v purged again, want it left alone", got)
		}
	}
	if after := c.Store.Read.ConnectionEvent.Query().CountX(c.Ctx); after != before {
		c.t.Errorf("got %d events after %d, want no more", after, before)
	}
	if now := c.Store.Read.Deletion.Query().OnlyX(c.Ctx); !now.DoneAt.Equal(*receipt.DoneAt) || c.row().DeleteBy != nil {
		c.t.Errorf("got the receipt of %s and deletion by %v, want %s and none", now.DoneAt, c.row().DeleteBy, receipt.DoneAt)
	}
}

// K1: access that was revoked at Google costs the data 30 days after the channel was last read; the connection goes
// with it, and a receipt stays. Coming back in time cancels it.
func TestLostAtGoogle(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{false, true} {
		c := newChannel(t)
		c.Advance(5 * days)
		c.sync(run.StateSuccess)
		read := c.Now()
		c.Advance(days)
		external := c.row().ExternalID
		if err := c.World.Revoke("youtube", external); err != nil {
			t.Fatal(err)
		}
		c.sync(run.StateFailed)
		c.due(read.Add(30 * days))
		c.Advance(29*days - time.Second)
		if got := c.sweep(); len(got) > 0 || c.held() == 0 {
			t.Fatalf("a second early: got %v purged and %d rows held, want nothing purged", got, c.held())
		}
		if back {
			if o, err := c.Connect.Finish(c.Ctx, c.Consent(connect.Start{UserID: c.owner, Platform: "youtube", ConnectionID: c.id}, sandbox.Choice{})); err != nil ||
				o.Reason != "" {
				t.Fatalf("reconnect: got %v, %v", o, err)
			}
			c.Advance(2 * days)
			if got := c.sweep(); len(got) > 0 || c.row().DeleteBy != nil || c.held() == 0 {
				t.Errorf("after coming back: got %v purged, want everything kept", got)
			}
			continue
		}
		c.Advance(2 * time.Second)
		if got := c.sweep(); len(got) != 1 || !got[0].Removed || c.row() != nil || c.held() > 0 {
			t.Errorf("got %v, and %d rows held, want the connection gone with all of it", got, c.held())
		}
		if n := c.Store.Read.Deletion.Query().Where(deletion.CauseEQ(deletion.CauseTerms)).CountX(c.Ctx); n != 1 {
			t.Errorf("got %d receipts, want one", n)
		}
	}
}

// K1: a paused channel loses its data 30 days after it was last read, although its access is kept alive; the
// connection stays, without its name, and fills again when it is resumed.
func TestPausedForAMonth(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	read := c.Now()
	if err := c.Connect.Pause(c.Ctx, c.id); err != nil {
		t.Fatal(err)
	}
	c.due(read.Add(30 * days))
	for range 30 {
		c.Advance(days)
		if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := c.sweep()
	row := c.row()
	if len(got) != 1 || got[0].Removed || row == nil || row.Status != connection.StatusPaused || row.Handle != "" ||
		row.AltID != "" ||
		row.DeleteBy != nil ||
		c.held() > 0 {
		t.Fatalf("got %v, %+v with %d rows, want the connection alone", got, row, c.held())
	}
	c.quiet()
	if err := c.Connect.Resume(c.Ctx, c.id); err != nil {
		t.Fatal(err)
	}
	c.sync(run.StateSuccess)
	if row := c.row(); row.Handle == "" || row.DeleteBy != nil || c.held() == 0 {
		t.Errorf("resumed: got %+v with %d rows, want name and numbers again", row, c.held())
	}
}

// Resuming in time cancels it.
func TestResumedInTime(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	if err := c.Connect.Pause(c.Ctx, c.id); err != nil {
		t.Fatal(err)
	}
	c.Advance(20 * days)
	if err := c.Connect.Resume(c.Ctx, c.id); err != nil {
		t.Fatal(err)
	}
	c.sync(run.StateSuccess)
	c.Advance(11 * days)
	if got := c.sweep(); len(got) > 0 || c.row().DeleteBy != nil {
		t.Errorf("got %v purged, want nothing", got)
	}
}

// After an outage of ours of more than 30 days a channel that works has a day to prove its authorisation; one that
// does not loses its data, and keeps its access.
func TestNotReadForAMonth(t *testing.T) {
	t.Parallel()
	for _, proves := range []bool{true, false} {
		c := newChannel(t)
		c.Advance(40 * days)
		if got := c.sweep(); len(got) > 0 {
			t.Fatalf("got %v purged at the first look, want a day's grace", got)
		}
		c.due(c.Now().Add(days))
		if proves {
			c.sync(run.StateSuccess)
		}
		c.Advance(days + time.Second)
		got := c.sweep()
		switch row := c.row(); {
		case proves && (len(got) > 0 || row.DeleteBy != nil || c.held() == 0):
			t.Errorf("proved: got %v purged, want everything kept", got)
		case !proves && (len(got) != 1 || got[0].Removed || row.Status != connection.StatusConnected || c.held() > 0):
			t.Errorf("not proved: got %v, %s with %d rows, want the connection alone", got, row.Status, c.held())
		case !proves:
			c.quiet()
		}
	}
}

// K1: a platform that an admin paused keeps nothing longer: a channel that is looked at each day loses its data 30
// days after it was last read, not a day later.
func TestAPausedPlatformKeepsNothingLonger(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	read := c.Now()
	if err := c.Connect.PausePlatform(c.Ctx, "youtube"); err != nil {
		t.Fatal(err)
	}
	for range 29 {
		c.Advance(days)
		if got := c.sweep(); len(got) > 0 {
			t.Fatalf("got %v purged on %s, want nothing yet", got, c.Now())
		}
	}
	c.due(read.Add(30 * days))
	c.Advance(days)
	if got := c.sweep(); len(got) != 1 || got[0].Removed || c.held() > 0 {
		t.Errorf("got %v with %d rows, want the data gone after 30 days", got, c.held())
	}
}

// A disconnect never puts off what is due earlier.
func TestADisconnectAfterALossPutsNothingOff(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	read := c.Now()
	if err := c.World.Revoke("youtube", c.row().ExternalID); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	c.sync(run.StateFailed)
	c.Advance(28 * days)
	if _, err := c.Connect.Disconnect(c.Ctx, c.owner, c.id, false); err != nil {
		t.Fatal(err)
	}
	c.due(read.Add(30 * days))
}

// The other platforms' terms set no such time.
func TestOthersKeepTheirData(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{"instagram", "tiktok"} {
		y := jobstest.New(t, jobstest.Options{})
		id := y.AddAccount(y.Creator("keeps@example.test"), platform, sandbox.Choice{})
		y.RunDue()
		if err := y.Connect.Pause(y.Ctx, id); err != nil {
			t.Fatal(err)
		}
		y.Advance(40 * days)
		got, err := y.Connect.Deletions.Sweep(y.Ctx)
		if err != nil || len(got) > 0 || y.Store.Read.Connection.GetX(y.Ctx, id).DeleteBy != nil {
			t.Errorf("%s: got %v, %v, want nothing purged", platform, got, err)
		}
	}
}

// K1: a video that YouTube confirms as gone loses texts, pictures and statistics with that sync; one that was not
// seen for 30 days is forgotten, and one that was seen a second less long ago is not.
func TestVideosThatAreGone(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	c.Store.Client.Post.Create().
		SetConnectionID(c.id).
		SetExternalID("gone0000000").
		SetMediaType("video").
		SetTitle("CANARY title").
		SetCaption("CANARY caption").
		SetPermalink("https://www.youtube.com/watch?v=gone0000000").
		SetThumbnailURL("https://i.ytimg.com/vi/gone0000000/0.jpg").
		SetMediaURL("https://x.youtube.com/y").
		SetViews(5).
		SetLikes(4).
		SetPostedAt(c.Now().Add(-days)).
		SetObservedAt(c.Now()).
		SetReadAt(c.Now().Add(-26 * days)).
		SaveX(c.Ctx)
	c.Store.Client.PostHistory.Create().
		SetPostID(c.Store.Read.Post.Query().Where(post.ExternalID("gone0000000")).OnlyIDX(c.Ctx)).
		SetViews(5).
		SetObservedAt(c.Now()).
		ExecX(c.Ctx)
	c.Advance(8 * days) // the list is read again
	c.sync(run.StateSuccess)
	p := c.Store.Read.Post.Query().Where(post.ExternalID("gone0000000")).OnlyX(c.Ctx)
	if p.GoneAt == nil || p.Title+p.Caption+p.Permalink+p.ThumbnailURL+p.MediaURL != "" || p.Views != nil ||
		p.Likes != nil ||
		p.QueryHistory().CountX(c.Ctx) > 0 {
		t.Errorf("got %+v, want a trace without texts, pictures and numbers", p)
	}
	const ahead = 7 * time.Hour // it is looked for every six hours, by what is done each hour
	all := c.Store.Read.Post.Query().CountX(c.Ctx)
	seen := c.Store.Read.Post.Query().Where(post.GoneAtIsNil()).FirstX(c.Ctx)
	c.Store.Client.Post.UpdateOneID(seen.ID).SetObservedAt(c.Now().Add(ahead - 30*days - time.Second)).ExecX(c.Ctx)
	late := c.Store.Read.Post.Query().Where(post.GoneAtIsNil(), post.IDNEQ(seen.ID)).FirstX(c.Ctx)
	c.Store.Client.Post.UpdateOneID(late.ID).SetObservedAt(c.Now().Add(ahead - 30*days + time.Second)).ExecX(c.Ctx)
	if n, err := c.Syncer.ForgetUnseen(c.Ctx); n != 1 || err != nil {
		t.Errorf("got %d forgotten, %v, want the one that was not seen", n, err)
	}
	if left := c.Store.Read.Post.Query().CountX(c.Ctx); left != all-1 ||
		c.Store.Read.Post.Query().Where(post.ID(seen.ID)).ExistX(c.Ctx) {
		t.Errorf("got %d posts of %d left, want one fewer", left, all)
	}
}

// However many there are, all posts that were not seen for 30 days go in one look.
func TestManyVideosThatAreNotSeen(t *testing.T) {
	t.Parallel()
	c := newChannel(t)
	kept := c.Store.Read.Post.Query().CountX(c.Ctx)
	old := c.Now().Add(-31 * days)
	for range 3 {
		var rows []*ent.PostCreate
		for range 401 {
			rows = append(
				rows,
				c.Store.Client.Post.Create().SetConnectionID(c.id).SetExternalID(uuid.NewString()).SetMediaType("video").
					SetPostedAt(old).SetObservedAt(old).SetReadAt(old),
			)
		}
		c.Store.Client.Post.CreateBulk(rows...).ExecX(c.Ctx)
	}
	n, err := c.Syncer.ForgetUnseen(c.Ctx)
	if left := c.Store.Read.Post.Query().CountX(c.Ctx); n != 1203 || err != nil || left != kept {
		t.Errorf("got %d forgotten, %v, %d left, want 1203 and %d", n, err, left, kept)
	}
}
