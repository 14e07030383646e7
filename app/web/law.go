package web

import (
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/views/door"
)

func (s *Server) privacy(c *gin.Context) error {
	return s.show(c, door.Privacy(s.page(c, "Privacy"), s.law()))
}

func (s *Server) terms(c *gin.Context) error {
	return s.show(c, door.Terms(s.page(c, "Terms"), s.law()))
}

// law is what the pages about privacy, terms and deletion say, from the facts of this installation.
func (s *Server) law() door.Law {
	return door.Law{
		Site: s.base.String(), Contact: s.o.Config.ContactEmail, Platforms: s.o.Platforms.Specs(), Retention: s.retention(),
		Cookies: []door.Cookie{
			{Name: s.sessions.Cookie.Name, Why: "keeps you signed in.", For: "It ends after 14 days, or when you sign out."},
			{Name: s.knownCookie(), Why: "lets this browser sign in when others guess at your password.", For: "It ends after " + days(auth.DeviceLife) + ", or with a new password."},
		},
	}
}

// retention lists what is kept how long.
func (s *Server) retention() []door.Retention {
	var out []door.Retention
	for _, p := range s.o.Platforms.Specs() {
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
	keep := s.o.Config.Keep
	out = append(out,
		door.Retention{What: "How posts grew", For: kept(keep.History)}, door.Retention{What: "Daily readings", For: kept(keep.Snapshots)},
		door.Retention{What: "Steps of syncs", For: kept(keep.Logs)}, door.Retention{What: "Syncs", For: kept(keep.Runs)})
	if b := s.o.Config.Backup; b.Every > 0 && !s.o.Config.Sandbox && s.o.Config.Embedded() {
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
