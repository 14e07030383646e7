package visitors

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/door"
)

func (s *Pages) Privacy(c *gin.Context) error {
	return s.Show(c, door.Privacy(s.Page(c, words.New("door.privacy.title")), s.law()))
}

func (s *Pages) Terms(c *gin.Context) error {
	return s.Show(c, door.Terms(s.Page(c, words.New("door.terms.title")), s.law()))
}

// law is what the pages about privacy, terms and deletion say, from the facts of this installation.
func (s *Pages) law() door.Law {
	return door.Law{
		Site: s.Base.String(), Contact: s.Config.ContactEmail, Platforms: s.Platforms.Specs(), Retention: s.retention(),
		Cookies: []door.Cookie{
			{Name: s.SessionCookie(), Text: words.New("door.cookie.session")},
			{Name: s.DeviceCookie(), Text: words.New("door.cookie.device", "Days", days(auth.DeviceLife))},
		},
	}
}

// retention lists what is kept how long.
func (s *Pages) retention() []door.Retention {
	var out []door.Retention
	for _, p := range s.Platforms.Specs() {
		r := door.Retention{
			What: words.New("door.keep.disconnected", "Platform", p.Name),
			For:  words.New("door.keep.untilDeleted"),
		}
		if !p.KeepAfterDisconnect {
			r.For = words.New("door.keep.deletedWithin", "Days", days(p.DeleteWithin))
		}
		out = append(out, r)
		if p.VerifyWithin > 0 {
			out = append(out, door.Retention{
				What: words.New("door.keep.ended", "Platform", p.Name),
				For:  words.New("door.keep.endedText", "Days", days(p.VerifyWithin)),
			})
		}
	}
	keep := s.Config.Keep
	out = append(
		out,
		door.Retention{
			What: words.New("door.keep.history"),
			For:  kept(keep.History),
		},
		door.Retention{What: words.New("door.keep.snapshots"), For: kept(keep.Snapshots)},
		door.Retention{
			What: words.New("door.keep.logs"),
			For:  kept(keep.Logs),
		},
		door.Retention{What: words.New("door.keep.runs"), For: kept(keep.Runs)},
	)
	if b := s.Config.Backup; b.Every > 0 && !s.Config.Sandbox && s.Config.Embedded() {
		out = append(
			out,
			door.Retention{
				What: words.New("door.keep.backups"),
				For:  words.New("door.keep.backupsText", "Days", days(time.Duration(b.Keep+1)*b.Every)),
			},
		)
	}
	return out
}

func kept(d time.Duration) words.Text {
	if d == 0 {
		return words.New("door.keep.forever")
	}
	return words.New("door.keep.after", "Days", days(d))
}

// days is a length of time for people, rounded up.
func days(d time.Duration) words.Text {
	return words.New("format.length.days", "Count", int((d+24*time.Hour-1)/(24*time.Hour)))
}

// Deletion says how data is deleted, and shows a person what became of theirs, by the code they were given.
func (s *Pages) Deletion(c *gin.Context) error {
	if _, asked := c.GetQuery("id"); !asked {
		return s.Show(c, door.HowToDelete(s.Page(c, words.New("door.delete.title")), s.law()))
	}
	r, err := s.o.Connect.Deletions.Receipt(viewer.System(c.Request.Context(), viewer.ReasonReceipt), c.Query("id"))
	if err != nil {
		return err
	}
	return s.Show(c, door.Deletion(s.Page(c, words.New("door.receipt.title")), r))
}
