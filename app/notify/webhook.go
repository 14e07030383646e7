package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// webhook posts a message as JSON, signed if it has a key.
type webhook struct {
	line
	name    string
	address fault.Secret
	key     fault.Secret
	card    bool // as an Adaptive Card
	now     func() time.Time
}

// taken are the parameters of a webhook's address that are ours; every other one is the receiver's.
var taken = []string{"secret", "template", "disabletls"}

func newWebhook(p place, l line) (Channel, error) {
	base, carrier, _ := strings.Cut(p.url.Scheme, "+")
	switch {
	case p.url.Hostname() == "":
		return nil, errors.New("it names no host")
	case carrier != "" && (base == "http" || base == "https" || (carrier != "http" && carrier != "https")):
		return nil, errors.New("its scheme is not known")
	case base == "teams" && carrier == "":
		return nil, errors.New("a workflow of Teams is written as teams+https:// and its address")
	}
	to := target(p.url)
	w := &webhook{line: l, name: p.kind + " " + to.Host, card: p.kind == "teams", now: time.Now}
	var kept []string
	for _, pair := range strings.Split(to.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, _ = url.QueryUnescape(name); !slices.Contains(taken, name) {
			kept = append(kept, pair)
			continue
		}
		switch value, err := url.QueryUnescape(value); {
		case err != nil || (name == "secret" && value == ""):
			return nil, errors.New("its parameter " + name + " cannot be read")
		case name == "secret":
			w.key = fault.Secret(value)
		case name == "template" && !slices.Contains([]string{"teams", "json"}, strings.ToLower(value)):
			return nil, errors.New("its template is neither teams nor json")
		}
	}
	to.RawQuery = strings.Join(kept, "&")
	w.address = fault.Secret(to.String())
	return w, nil
}

// wantsCard reports whether a webhook's receiver is a workflow of Microsoft Teams.
func wantsCard(u *url.URL) bool {
	return strings.HasPrefix(u.Scheme, "teams") || strings.EqualFold(u.Query().Get("template"), "teams")
}

// Name implements Channel.
func (w *webhook) Name() string { return w.name }

// Send implements Channel.
func (w *webhook) Send(ctx context.Context, m Message) error {
	var shown any = newNotice(m)
	if w.card {
		shown = card(m)
	}
	body, err := json.Marshal(shown)
	if err != nil {
		return errors.New("the message cannot be written as JSON")
	}
	header := http.Header{}
	if !w.key.Empty() {
		header.Set("X-Truecount-Signature", sign(w.key, w.now(), body))
	}
	_, err = w.post(ctx, w.address, header, "application/json", body)
	return err
}

// sign is the time and the HMAC of time and body: a receiver that checks both takes no old message for a new one.
func sign(key fault.Secret, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// notice is a message as a webhook's receiver reads it. Text is the whole of it, for receivers that
// show nothing else.
type notice struct {
	Event     string  `json:"event"`
	ID        string  `json:"id"`
	Rule      string  `json:"rule"`
	Severity  string  `json:"severity"`
	Platform  *string `json:"platform"`
	Title     string  `json:"title"`
	Message   string  `json:"message"`
	Text      string  `json:"text"`
	Count     int     `json:"count"`
	FirstSeen *string `json:"firstSeen"`
	LastSeen  *string `json:"lastSeen"`
	OverAt    *string `json:"overAt"`
	Link      string  `json:"link"`
}

func newNotice(m Message) notice {
	n := notice{
		Event: m.Event, ID: m.ID, Rule: m.Rule, Severity: m.Severity, Title: m.Title, Message: m.Text, Text: m.whole(),
		Count: m.Count, FirstSeen: stamp(&m.FirstSeen), LastSeen: stamp(&m.LastSeen), OverAt: stamp(m.OverAt), Link: m.Link,
	}
	if m.Platform != "" {
		n.Platform = &m.Platform
	}
	return n
}

func stamp(t *time.Time) *string {
	if t == nil || t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

type object = map[string]any

// card is a message in the form that workflows post to a channel
// (https://learn.microsoft.com/en-us/connectors/teams/, "When a Teams webhook request is received").
func card(m Message) object {
	colour := "warning"
	if m.Severity == "critical" {
		colour = "attention"
	}
	if m.Event == "over" {
		colour = "good"
	}
	body := []object{
		{"type": "TextBlock", "text": m.Title, "weight": "bolder", "size": "medium", "color": colour, "wrap": true},
	}
	for _, row := range strings.Split(m.Text, "\n") {
		body = append(body, object{"type": "TextBlock", "text": row, "wrap": true})
	}
	content := object{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"type":    "AdaptiveCard",
		"version": "1.4",
		"body":    body,
	}
	if m.Link != "" {
		content["actions"] = []object{{"type": "Action.OpenUrl", "title": words.English.Say("alerts.open"), "url": m.Link}}
	}
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": content,
	}}}
}
