package visitors

import (
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/door"
)

func (s *Pages) Privacy(c *gin.Context) error {
	return s.Show(c, door.Privacy(s.Page(c, "Privacy"), s.law()))
}

func (s *Pages) Terms(c *gin.Context) error {
	return s.Show(c, door.Terms(s.Page(c, "Terms"), s.law()))
}

// law is what the pages about privacy, terms and deletion say, from the facts of this installation.
func (s *Pages) law() door.Law {
	return door.Law{
		Site: s.Base.String(), Contact: s.Config.ContactEmail, Platforms: s.Platforms.Specs(), Retention: s.retention(),
		Cookies: []door.Cookie{
			{Name: s.SessionCookie(), Why: "keeps you signed in.", For: "It ends after 14 days, or when you sign out."},
			{Name: s.DeviceCookie(), Why: "lets this browser sign in when others guess at your password.", For: "It ends after " + days(auth.DeviceLife) + ", or with a new password."},
		},
	}
}

// retention lists what is kept how long.
func (s *Pages) retention() []door.Retention {
	var out []door.Retention
	for _, p := range s.Platforms.Specs() {
		r := door.Retention{What: p.Name + " data after you disconnect", For: "kept and not updated, until you delete it."}
		if !p.KeepAfterDisconnect {
			r.For = "deleted within " + days(p.DeleteWithin) + "."
		}
		out = append(out, r)
		if p.VerifyWithin > 0 {
			out = append(out, door.Retention{
				What: p.Name + " data when access ended there or syncing is paused",
				For:  "deleted " + days(p.VerifyWithin) + " after the account was last read. Videos that were not seen for " + days(p.VerifyWithin) + " are deleted too.",
			})
		}
	}
	keep := s.Config.Keep
	out = append(out,
		door.Retention{What: "How posts grew", For: kept(keep.History)}, door.Retention{What: "Daily readings", For: kept(keep.Snapshots)},
		door.Retention{What: "Steps of syncs", For: kept(keep.Logs)}, door.Retention{What: "Syncs", For: kept(keep.Runs)})
	if b := s.Config.Backup; b.Every > 0 && !s.Config.Sandbox && s.Config.Embedded() {
		out = append(out, door.Retention{What: "Backups", For: "what was deleted leaves the scheduled copies after " + days(time.Duration(b.Keep+1)*b.Every) + "."})
	}
	return out
}

func kept(d time.Duration) string {
	if d == 0 {
		return "kept until you delete it."
	}
	return "deleted after " + days(d) + "."
}

// days is a length of time for people, rounded up.
func days(d time.Duration) string {
	n := int((d + 24*time.Hour - 1) / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// Deletion says how data is deleted, and shows a person what became of theirs, by the code they were given.
func (s *Pages) Deletion(c *gin.Context) error {
	if _, asked := c.GetQuery("id"); !asked {
		return s.Show(c, door.HowToDelete(s.Page(c, "Delete data"), s.law()))
	}
	r, err := s.o.Connect.Deletions.Receipt(viewer.System(c.Request.Context()), c.Query("id"))
	if err != nil {
		return err
	}
	return s.Show(c, door.Deletion(s.Page(c, "Data deletion"), r))
}
