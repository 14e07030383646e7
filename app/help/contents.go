package help

// entry is one line of the contents.
type entry struct {
	group    Group
	slug     string
	source   string // Markdown that does not come from docs/
	platform Platform
}

// Group is the heading that documents are listed under.
type Group string

// The groups, in the order in which the help lists them.
const (
	GroupStart     Group = "Getting started"
	GroupCreators  Group = "For creators"
	GroupPlatforms Group = "Platform setup"
	GroupOperators Group = "Running Truecount"
	GroupReference Group = "Reference"
)

// contents lists every document in order. A platform's guide is made of its own facts.
func contents(f Facts) []entry {
	list := []entry{
		{group: GroupStart, slug: "start"},
		{group: GroupCreators, slug: "connect"},
		{group: GroupCreators, slug: "numbers"},
		{group: GroupCreators, slug: "your-data"},
	}
	for _, p := range f.Platforms {
		if p.Guide != "" {
			list = append(list, entry{group: GroupPlatforms, slug: "setup-" + p.ID, source: p.Guide, platform: p})
		}
	}
	for _, slug := range []string{"deploy", "upgrade", "backup", "sizes", "monitoring", "alerts", "syncing",
		"access", "deletion"} {
		list = append(list, entry{group: GroupOperators, slug: slug})
	}
	for _, slug := range []string{"settings", "commands", "api", "data-map", "troubleshooting"} {
		list = append(list, entry{group: GroupReference, slug: slug})
	}
	return list
}
