package youtube

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
)

// head tells a list, even an empty one, from an answer that is none.
type head struct {
	Kind string `json:"kind"`
	Page *struct {
		Total platform.Count `json:"totalResults"`
	} `json:"pageInfo"`
}

func (h head) shaped() bool { return strings.HasPrefix(h.Kind, "youtube#") || h.Page != nil }

type channelList struct {
	head
	Items []channel `json:"items"`
}

func (l channelList) shaped() bool { return l.head.shaped() || l.Items != nil }

// picture maps size names to pictures. Sizes appear and vanish; so does the whole map.
type pictures map[string]struct {
	URL string `json:"url"`
}

func (p pictures) best(sizes ...string) string {
	for _, s := range sizes {
		if u := spec.Link(p[s].URL); u != "" {
			return u
		}
	}
	return ""
}

type channel struct {
	ID      string `json:"id"`
	Snippet struct {
		Title       string   `json:"title"`
		Description string   `json:"description"`
		CustomURL   string   `json:"customUrl"`
		Thumbnails  pictures `json:"thumbnails"`
	} `json:"snippet"`
	Details struct {
		Related struct {
			Uploads string `json:"uploads"`
		} `json:"relatedPlaylists"`
	} `json:"contentDetails"`
	Statistics struct {
		Views       platform.Count `json:"viewCount"`
		Subscribers platform.Count `json:"subscriberCount"`
		Hidden      bool           `json:"hiddenSubscriberCount"`
		Videos      platform.Count `json:"videoCount"`
	} `json:"statistics"`
}

func (c channel) profile() platform.Profile {
	p := platform.Profile{
		ExternalID: c.ID, Handle: strings.TrimPrefix(c.Snippet.CustomURL, "@"), DisplayName: c.Snippet.Title,
		Bio:        c.Snippet.Description,
		PictureURL: c.Snippet.Thumbnails.best("medium", "high", "default"), URL: "https://www.youtube.com/channel/" + c.ID,
		Followers: c.Statistics.Subscribers.N, Posts: c.Statistics.Videos.N, Views: c.Statistics.Views.N,
		Listing: c.Details.Related.Uploads,
	}
	if c.Statistics.Hidden {
		p.Followers = nil // the number beside it says nothing
	}
	if strings.HasPrefix(c.Snippet.CustomURL, "@") {
		p.URL = "https://www.youtube.com/" + c.Snippet.CustomURL
	}
	if p.URL = spec.Link(p.URL); p.URL == "" {
		p.URL = spec.Link("https://www.youtube.com")
	}
	for _, of := range []struct { // in this order: the first is what a run says
		name  string
		count platform.Count
	}{{"followers", c.Statistics.Subscribers}, {"views", c.Statistics.Views}} {
		if of.count.Bad {
			e := badResponse(platform.StepProfile, "the count of "+of.name+" is not a number")
			e.Metric = of.name
			p.Gaps = append(p.Gaps, e)
		}
	}
	p.Clean()
	return p
}

type itemList struct {
	head
	Next  string `json:"nextPageToken"`
	Items []item `json:"items"`
}

func (l itemList) shaped() bool { return l.head.shaped() || l.Items != nil }

type item struct {
	Snippet struct {
		Resource struct {
			VideoID string `json:"videoId"`
		} `json:"resourceId"`
		Thumbnails pictures `json:"thumbnails"`
	} `json:"snippet"`
	Details struct {
		VideoID   string `json:"videoId"`
		Published string `json:"videoPublishedAt"`
	} `json:"contentDetails"`
}

// video is the video behind an item; empty for what a deleted or private video leaves behind: no
// picture and no date of publication. Its title would say so too, but in the reader's language.
func (i item) video() string {
	if len(i.Snippet.Thumbnails) == 0 && i.Details.Published == "" {
		return ""
	}
	if i.Details.VideoID != "" {
		return i.Details.VideoID
	}
	return i.Snippet.Resource.VideoID
}

type videoList struct {
	head
	Items []video `json:"items"`
}

func (l videoList) shaped() bool { return l.head.shaped() || l.Items != nil }

type video struct {
	ID      string `json:"id"`
	Snippet struct {
		Published   string   `json:"publishedAt"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Tags        []string `json:"tags"`
		Thumbnails  pictures `json:"thumbnails"`
		Live        string   `json:"liveBroadcastContent"`
	} `json:"snippet"`
	Details struct {
		Duration string `json:"duration"`
	} `json:"contentDetails"`
	Statistics struct {
		Views    platform.Count `json:"viewCount"`
		Likes    platform.Count `json:"likeCount"`
		Comments platform.Count `json:"commentCount"`
	} `json:"statistics"`
	Status struct {
		Privacy string `json:"privacyStatus"`
	} `json:"status"`
	Streaming json.RawMessage `json:"liveStreamingDetails"`
}

// post gives the video as a post and notes in odd which counters could not be read.
func (v video) post(odd map[string]bool) platform.Post {
	p := platform.Post{
		ExternalID: v.ID, Title: v.Snippet.Title, Caption: v.Snippet.Description,
		Permalink:    spec.Link("https://www.youtube.com/watch?v=" + v.ID),
		ThumbnailURL: v.Snippet.Thumbnails.best("medium", "high", "standard", "default", "maxres"),
		PostedAt:     parseTime(v.Snippet.Published), DurationSeconds: parseDuration(v.Details.Duration),
		Views: v.Statistics.Views.N, Likes: v.Statistics.Likes.N, Comments: v.Statistics.Comments.N,
	}
	p.MediaType = v.kind(p.DurationSeconds)
	if slices.Contains([]string{"public", "unlisted", "private"}, v.Status.Privacy) {
		p.Visibility = v.Status.Privacy
	}
	if v.Snippet.Live == "upcoming" || v.Snippet.Live == "live" {
		p.Broadcast = v.Snippet.Live
	}
	// Likes and comments are not there where the owner hides them or switched them off.
	for name, n := range map[string]platform.Count{"likes": v.Statistics.Likes, "comments": v.Statistics.Comments} {
		if n.N == nil && !n.Bad {
			if p.Absent == nil {
				p.Absent = map[string]platform.Absence{}
			}
			p.Absent[name] = platform.AbsenceHidden
		}
	}
	for name, n := range map[string]platform.Count{"views": v.Statistics.Views, "likes": v.Statistics.Likes,
		"comments": v.Statistics.Comments} {
		if n.Bad {
			odd[name] = true
		}
	}
	p.Clean()
	return p
}

// longestShort is how long a Short may be (since October 2024, by public reports).
const longestShort = 180

var shorts = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}_])#shorts?($|[^\p{L}\p{N}_])`)

// kind tells what the API lets us tell. Live: it is, will be or was broadcast (a premiere too).
// Short: the Data API has no field for it, and asking the watch page would be scraping; the
// creator's own #shorts on a video short enough is the one sign in the answer.
func (v video) kind(seconds *int64) platform.MediaType {
	streamed := len(v.Streaming) > 0 && string(v.Streaming) != "null"
	switch {
	case v.Snippet.Live == "live" || v.Snippet.Live == "upcoming" || streamed:
		return platform.MediaLive
	case seconds == nil || *seconds > longestShort:
		return platform.MediaVideo
	case shorts.MatchString(v.Snippet.Title) || shorts.MatchString(v.Snippet.Description) ||
		slices.ContainsFunc(v.Snippet.Tags,
			func(t string) bool { return strings.EqualFold(strings.TrimPrefix(t, "#"), "shorts") }):
		return platform.MediaShort
	default:
		return platform.MediaVideo
	}
}

// parseTime reads RFC 3339 with 0, 3 or 6 decimals; zero when it is none.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

var iso = regexp.MustCompile(`^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$`)

// parseDuration reads PT1H2M3S, P1DT2H and the protobuf form 212s in whole seconds. P0D, which an
// upcoming or running broadcast has, and what cannot be read are unknown.
func parseDuration(s string) *int64 {
	if secs, ok := strings.CutSuffix(s, "s"); ok {
		if f, err := strconv.ParseFloat(secs, 64); err == nil && f > 0 && f < math.MaxInt32 {
			n := int64(f)
			return &n
		}
		return nil
	}
	m := iso.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	var n int64
	for i, unit := range []int64{7 * 86400, 86400, 3600, 60, 1} {
		part := m[i+1]
		if part == "" {
			continue
		}
		x, err := strconv.ParseInt(part, 10, 64)
		if err != nil || x > math.MaxInt32 {
			return nil
		}
		n += x * unit
	}
	if n == 0 {
		return nil
	}
	return &n
}
