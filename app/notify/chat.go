package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/text"
)

// chat posts to one of the three services whose forms the library knows and whose sending it does not do
// as we need it: it takes no client, or repeats by itself, or prints the token when a call goes wrong.
type chat struct {
	line
	name    string
	address fault.Secret
	header  http.Header
	bodies  func(Message) []any // one for each chat it goes to
	check   func(answer []byte) error
}

// Name implements Channel.
func (c *chat) Name() string { return c.name }

// Send implements Channel.
func (c *chat) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	var errs []error
	for _, b := range c.bodies(m) {
		body, err := json.Marshal(b)
		if err != nil {
			return errors.New("the message cannot be written as JSON")
		}
		resp, err := c.post(ctx, c.address, c.header, "application/json", body)
		if err == nil && c.check != nil {
			err = c.check(resp.Body)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// slackText keeps a text from calling the whole channel or hiding an address
// (https://docs.slack.dev/messaging/formatting-message-text/, "Escaping text").
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func newSlack(u *url.URL, l line) (Channel, error) {
	config := &slack.Config{}
	if err := config.SetURL(u); err != nil {
		return nil, errors.New("it lacks a usable token: slack://hook:T-B-X@webhook or slack://xoxb:T-B-X@channel")
	}
	c := &chat{line: l, name: "slack", address: fault.Secret(config.Token.WebhookURL())}
	if config.Token.IsAPIToken() {
		c.address = "https://slack.com/api/chat.postMessage"
		c.header = http.Header{"Authorization": {config.Token.Authorization()}}
		c.check = slackAnswer
	}
	c.bodies = func(m Message) []any {
		one := *config
		one.Title = slackText.Replace(m.Title)
		if one.Color == "" {
			one.Color = pick(m, "danger", "warning", "good")
		}
		return []any{slack.CreateJSONPayload(&one, slackText.Replace(text.Cut(m.body(), 3000)))}
	}
	return c, nil
}

var slackWord = regexp.MustCompile(`^[a-z_]{1,60}$`)

// slackAnswer reads what Slack says under a status of 200.
func slackAnswer(answer []byte) error {
	var a slack.APIResponse
	switch err := json.Unmarshal(answer, &a); {
	case err == nil && a.Ok:
		return nil
	case err == nil && slackWord.MatchString(a.Error):
		return errors.New("slack refused it: " + a.Error)
	default:
		return errors.New("slack refused it")
	}
}

func newDiscord(u *url.URL, l line) (Channel, error) {
	s := &discord.Service{}
	if err := s.Initialize(u, nil); err != nil || s.Config.JSON {
		return nil, errors.New("it is not of the form discord://token@id")
	}
	c := &chat{line: l, name: "discord", address: fault.Secret(discord.CreateAPIURLFromConfig(s.Config))}
	c.bodies = func(m Message) []any {
		// An embed, never plain content: what is in an embed calls nobody.
		item := types.MessageItem{
			Text:      text.Cut(m.body(), 4000),
			Timestamp: m.LastSeen,
			Level:     pick(m, types.Error, types.Warning, types.Info),
		}
		p, err := discord.CreatePayloadFromItems([]types.MessageItem{item}, text.Cut(m.Title, 250), s.Config.LevelColors())
		if err != nil {
			return nil
		}
		p.Username, p.AvatarURL = s.Config.Username, s.Config.Avatar
		return []any{p}
	}
	return c, nil
}

func newTelegram(u *url.URL, l line) (Channel, error) {
	s := &telegram.Service{}
	if err := s.Initialize(u, nil); err != nil {
		return nil, errors.New("it is not of the form telegram://token@telegram?chats=@channel")
	}
	c := &chat{
		line:    l,
		name:    "telegram",
		address: fault.Secret("https://api.telegram.org/bot" + s.Config.Token + "/sendMessage"),
	}
	c.bodies = func(m Message) []any {
		var bodies []any
		for _, name := range s.Config.Chats {
			// Without a parse mode: our text holds signs that every one of them would trip over.
			p := telegram.SendMessagePayload{
				Text:                text.Cut(m.whole(), 4000),
				ID:                  name,
				DisablePreview:      !s.Config.Preview,
				DisableNotification: !s.Config.Notification,
			}
			if id, thread, found := strings.Cut(name, ":"); found {
				if n, err := strconv.Atoi(thread); err == nil {
					p.ID, p.MessageThreadID = id, &n
				}
			}
			bodies = append(bodies, p)
		}
		return bodies
	}
	return c, nil
}

// pick chooses by how bad it is.
func pick[T any](m Message, critical, warning, over T) T {
	switch {
	case m.Event == "over" || m.Event == "test":
		return over
	case m.Severity == "critical":
		return critical
	default:
		return warning
	}
}
