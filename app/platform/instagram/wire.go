package instagram

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
)

// account is /me. Its user_id is the professional account, its id belongs to our app alone: the
// token endpoint calls the latter user_id.
type account struct {
	ID        platform.Text  `json:"id"`
	UserID    platform.Text  `json:"user_id"`
	Username  string         `json:"username"`
	Name      string         `json:"name"`
	Type      string         `json:"account_type"`
	Picture   string         `json:"profile_picture_url"`
	Bio       string         `json:"biography"`
	Followers platform.Count `json:"followers_count"`
	Following platform.Count `json:"follows_count"`
	Media     platform.Count `json:"media_count"`
}

// meAnswer is flat in life and wrapped in a list in the documentation.
type meAnswer struct {
	account
	Data []account `json:"data"`
}

func (m meAnswer) me() account {
	if m.UserID == "" && len(m.Data) > 0 {
		return m.Data[0]
	}
	return m.account
}

func (a account) profile() (platform.Profile, bool) {
	p := platform.Profile{
		ExternalID: string(
			a.UserID,
		), AltID: string(a.ID), Handle: strings.TrimPrefix(a.Username, "@"), DisplayName: a.Name, Bio: a.Bio,
		PictureURL: spec.Link(a.Picture), AccountType: strings.ToLower(a.Type),
		Followers: a.Followers.N, Following: a.Following.N, Posts: a.Media.N,
	}
	// Professional accounts are numbered 1784…: such an id needs no second one beside it.
	if p.ExternalID == "" && strings.HasPrefix(p.AltID, "1784") {
		p.ExternalID, p.AltID = p.AltID, ""
	}
	if p.Handle != "" {
		p.URL = spec.Link("https://www.instagram.com/" + url.PathEscape(p.Handle) + "/")
	}
	if a.Followers.Bad {
		e := badResponse(platform.StepProfile, "the count of followers is not a number")
		e.Metric = "followers"
		p.Gaps = append(p.Gaps, e)
	}
	p.Clean()
	return p, p.ExternalID != ""
}

// mediaList is a page. Next is only looked at, never followed nor kept: it holds the token.
type mediaList struct {
	Data   []media `json:"data"`
	Paging struct {
		Cursors struct {
			After string `json:"after"`
		} `json:"cursors"`
		Next string `json:"next"`
	} `json:"paging"`
}

// after is where the next page begins; the last page has a cursor too, but nothing next.
func (l mediaList) after() string {
	if l.Paging.Next == "" || len(l.Data) == 0 {
		return ""
	}
	return l.Paging.Cursors.After
}

type media struct {
	ID        platform.Text  `json:"id"`
	Caption   string         `json:"caption"`
	Type      string         `json:"media_type"`
	Product   string         `json:"media_product_type"`
	MediaURL  string         `json:"media_url"`
	Thumbnail string         `json:"thumbnail_url"`
	Permalink string         `json:"permalink"`
	Timestamp string         `json:"timestamp"`
	Likes     platform.Count `json:"like_count"`
	Comments  platform.Count `json:"comments_count"`
	Insights  *insightList   `json:"insights"`
	Children  struct {
		Data []media `json:"data"`
	} `json:"children"`
}

// kind tells a reel by its product: its type is VIDEO like any other film's.
func (m media) kind() platform.MediaType {
	switch {
	case m.Product == "REELS":
		return platform.MediaReel
	case m.Type == "CAROUSEL_ALBUM":
		return platform.MediaCarousel
	case m.Type == "VIDEO", m.Type != "IMAGE" && m.Thumbnail != "":
		return platform.MediaVideo
	default:
		return platform.MediaImage
	}
}

// post turns a media into a post; odd collects the names of counts that are no counts.
func (m media) post(odd map[string]bool) platform.Post {
	p := platform.Post{
		ExternalID: string(m.ID), MediaType: m.kind(), Caption: m.Caption, Permalink: spec.Link(m.Permalink),
		MediaURL: spec.Link(m.MediaURL), ThumbnailURL: spec.Link(m.Thumbnail), PostedAt: parseTime(m.Timestamp),
		Likes: m.Likes.N, Comments: m.Comments.N,
	}
	if n := int64(len(m.Children.Data)); n > 0 && p.MediaType == platform.MediaCarousel {
		first := m.Children.Data[0]
		p.Items = &n
		if p.MediaURL == "" {
			p.MediaURL = spec.Link(first.MediaURL)
		}
		if p.ThumbnailURL == "" {
			p.ThumbnailURL = spec.Link(first.Thumbnail)
		}
	}
	for name, n := range map[string]platform.Count{"likes": m.Likes, "comments": m.Comments} {
		if n.Bad {
			odd[name] = true
		}
	}
	if m.Insights != nil {
		m.Insights.fill(&p, odd)
	}
	p.Clean()
	return p
}

// insightList is the answer of the insights edge. No data means not yet known, never zero.
type insightList struct {
	Data []insight `json:"data"`
}

type insight struct {
	Name   string `json:"name"` // title and description come in the account's language
	Values []struct {
		Value platform.Count `json:"value"`
	} `json:"values"`
	Total *struct {
		Value platform.Count `json:"value"`
	} `json:"total_value"`
}

func (i insight) count() platform.Count {
	switch {
	case len(i.Values) > 0:
		return i.Values[0].Value
	case i.Total != nil:
		return i.Total.Value
	default:
		return platform.Count{}
	}
}

// fill puts the insights into the post. Likes and comments of the list itself stay: they are newer.
func (l insightList) fill(p *platform.Post, odd map[string]bool) {
	for _, i := range l.Data {
		c, ok := reading.Parse(word(i.Name))
		if !ok || !slices.Contains(metrics, i.Name) {
			continue
		}
		to := p.Fields()[c] // the total of interactions is not the sum of its parts: it is kept as given
		n := i.count()
		if n.Bad {
			odd[word(i.Name)] = true
		}
		if *to == nil {
			*to = n.N
		}
	}
}

// parseTime reads 2026-07-20T21:30:04+0000, which is not RFC 3339, and that too; zero when it is neither.
func parseTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// permissions are a list in a string, a list, or not there.
type permissions []string

// UnmarshalJSON never fails: what cannot be read is what the answer did not say.
func (p *permissions) UnmarshalJSON(b []byte) error {
	*p = nil
	var list []string
	if json.Unmarshal(b, &list) != nil {
		var text string
		_ = json.Unmarshal(b, &text) // what cannot be read is empty
		list = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if len(list) > 0 {
		*p = list
	}
	return nil
}
