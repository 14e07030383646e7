package edge

import (
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// What a session holds.
const (
	keyUser  = "user"
	keySince = "since" // when they signed in, Unix seconds
	keySeen  = "seen"  // when they were last here, Unix seconds
	keyEpoch = "epoch" // of the password and role they signed in with
	keyFlash = "flash"
	keyTone  = "tone"
	// keyConfirmed is when the password was last typed, Unix seconds: a browser left open is not enough for what
	// cannot be undone.
	keyConfirmed = "confirmed"
	// keyBrowser is a secret of the browser's own: with it a browser that nobody is signed in with proves at the
	// callback that it began a flow. Whose account it is, and which, the flow's row says.
	keyBrowser = "browser"
)

// confirmedFor is how long a typed password counts.
const confirmedFor = 15 * time.Minute

// How long a session lasts: unused, and at all. An admin's is shorter.
const (
	idle, lasts           = 12 * time.Hour, 14 * 24 * time.Hour
	adminIdle, adminLasts = time.Hour, 12 * time.Hour
	lookedAt              = 5 * time.Minute // how often it is written that they were here
)

func (s *Edge) newSessions() *scs.SessionManager {
	// Not scs.New: that begins a store in memory which nobody stops.
	m := &scs.SessionManager{Codec: scs.GobCodec{}, Lifetime: lasts}
	m.Store = s.Auth.Sessions(func(data []byte) string {
		_, values, err := m.Codec.Decode(data)
		if err != nil {
			return ""
		}
		id, _ := values[keyUser].(string)
		return id
	})
	m.Cookie.Name, m.Cookie.Secure = "truecount", false
	if s.Base.Scheme == "https" {
		m.Cookie.Name, m.Cookie.Secure = "__Host-truecount", true
	}
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path, m.Cookie.Persist = true, http.SameSiteLaxMode, "/", true
	m.ErrorFunc = s.unsaved
	return m
}

// answering is an answer that may turn out to be another one when its session cannot be written.
type answering struct {
	http.ResponseWriter
	begun bool // the session was read, and the answer is being made
	over  bool // another answer was given
}

// WriteHeader begins the answer. The session's cookie is written last and stands first: a simple client reads one.
func (w *answering) WriteHeader(status int) {
	if !w.over {
		if cookies := w.Header()["Set-Cookie"]; len(cookies) > 1 {
			slices.Reverse(cookies)
		}
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write goes on with it.
func (w *answering) Write(b []byte) (int, error) {
	if w.over {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for what controls the connection.
func (w *answering) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// withSession reads the session before next, and writes it before the answer's first byte.
func (s *Edge) withSession(next http.Handler) http.Handler {
	h := s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
			if a, ok := u.Unwrap().(*answering); ok {
				a.begun = true
			}
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&answering{ResponseWriter: w}, r) })
}

// unsaved answers when the database does not take or give a session. Who only looks is shown what they came
// for: that they were here is written the next time.
func (s *Edge) unsaved(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "session", "request", RequestID(r.Context()), "error", err)
	a, ok := w.(*answering)
	if ok && a.begun && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return
	}
	// of the answer that is not given
	for _, name := range []string{"Location", "Hx-Redirect", "Etag", "Content-Disposition"} {
		w.Header().Del(name)
	}
	if !store.Down(err) {
		err = fault.New(fault.Internal, words.Text{})
	}
	s.Refuse(w, r, err)
	if ok {
		a.over = true
	}
}

// sessionUser gives who the browser's session belongs to; NOT_FOUND when nobody, or not any more.
func (s *Edge) sessionUser(c *gin.Context) (auth.User, error) {
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSession)
	id := s.sessions.GetString(ctx, keyUser)
	if id == "" {
		return auth.User{}, NotFound()
	}
	u, err := s.Auth.ByID(ctx, id)
	if err != nil {
		return auth.User{}, err
	}
	now := s.Now()
	since, seen := time.Unix(s.sessions.GetInt64(ctx, keySince), 0), time.Unix(s.sessions.GetInt64(ctx, keySeen), 0)
	unused, atAll := idle, lasts
	if u.Admin {
		unused, atAll = adminIdle, adminLasts
	}
	if now.Sub(seen) > unused || now.Sub(since) > atAll || s.sessions.GetString(ctx, keyEpoch) != u.Epoch {
		err := s.sessions.Destroy(ctx)
		if err == nil {
			err = NotFound()
		}
		return auth.User{}, err
	}
	if now.Sub(seen) > lookedAt {
		s.sessions.Put(ctx, keySeen, now.Unix())
	}
	return u, nil
}

// SignIn begins a session under a new id: one that was planted before is worth nothing.
func (s *Edge) SignIn(c *gin.Context, u auth.User) error {
	ctx := c.Request.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := s.Now().Unix()
	s.sessions.Put(ctx, keyUser, u.ID)
	s.sessions.Put(ctx, keyEpoch, u.Epoch)
	s.sessions.Put(ctx, keySince, now)
	s.sessions.Put(ctx, keySeen, now)
	s.sessions.Put(ctx, keyConfirmed, now)
	s.Recognise(c, u)
	return nil
}

// Recognise makes a browser known: what strangers guess does not keep this person out of it.
func (s *Edge) Recognise(c *gin.Context, u auth.User) {
	value := s.Auth.Device(u)
	if value.Empty() {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // not Secure on this machine alone, as the session's
		Name: s.DeviceCookie(), Value: value.Reveal(), Path: "/", MaxAge: int(auth.DeviceLife.Seconds()),
		Secure: s.Base.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Device is what Recognise left.
func (s *Edge) Device(c *gin.Context) fault.Secret {
	cookie, err := c.Request.Cookie(s.DeviceCookie())
	if err != nil {
		return ""
	}
	return fault.Secret(cookie.Value)
}

// SessionHash stands for the browser's session in an OAuth flow; empty without one.
func (s *Edge) SessionHash(c *gin.Context) string {
	token := s.sessions.Token(c.Request.Context())
	if token == "" || c.GetHeader("Authorization") != "" {
		return ""
	}
	return auth.SessionHash(token)
}

// Flash leaves one line for the next page, in the language of this one.
func (s *Edge) Flash(c *gin.Context, tone string, text words.Text) {
	s.sessions.Put(c.Request.Context(), keyFlash, text.In(c.Request.Context()))
	s.sessions.Put(c.Request.Context(), keyTone, tone)
}

// Flashes takes what Flash left, once; nil when there is nothing.
func (s *Edge) Flashes(c *gin.Context) []layout.Flash {
	ctx := c.Request.Context()
	if !s.sessions.Exists(ctx, keyFlash) {
		return nil
	}
	return []layout.Flash{{Tone: s.sessions.PopString(ctx, keyTone), Text: s.sessions.PopString(ctx, keyFlash)}}
}

// SignOut ends the browser's session.
func (s *Edge) SignOut(c *gin.Context) error { return s.sessions.Destroy(c.Request.Context()) }

// Confirmed reports that the password was typed within a quarter of an hour.
func (s *Edge) Confirmed(c *gin.Context) bool {
	at := time.Unix(s.sessions.GetInt64(c.Request.Context(), keyConfirmed), 0)
	age := s.Now().Sub(at)
	return age >= 0 && age <= confirmedFor
}

// MarkConfirmed notes that the password was typed now.
func (s *Edge) MarkConfirmed(c *gin.Context) {
	s.sessions.Put(c.Request.Context(), keyConfirmed, s.Now().Unix())
}

// BrowserHash stands for a browser that opened a reconnect link; empty when it opened none.
func (s *Edge) BrowserHash(c *gin.Context) string {
	secret := fault.Secret(s.sessions.GetString(c.Request.Context(), keyBrowser))
	if secret.Empty() {
		return ""
	}
	return secret.Digest()
}

// MarkBrowser gives a browser the secret that BrowserHash stands for, unless it has one.
func (s *Edge) MarkBrowser(c *gin.Context) {
	if s.BrowserHash(c) == "" {
		s.sessions.Put(c.Request.Context(), keyBrowser, fault.Random().Reveal())
	}
}

// SessionCookie names the cookie of the browser's session.
func (s *Edge) SessionCookie() string { return s.sessions.Cookie.Name }

// DeviceCookie names the cookie by which a browser is known that its owner has signed in with before.
func (s *Edge) DeviceCookie() string {
	if s.Base.Scheme == "https" {
		return "__Host-known"
	}
	return "known"
}
