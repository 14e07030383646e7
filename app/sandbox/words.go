package sandbox

import "strings"

var (
	firstNames = []string{
		"ada",
		"bruno",
		"chiara",
		"dev",
		"elif",
		"farid",
		"greta",
		"hana",
		"ivo",
		"june",
		"kofi",
		"lena",
		"marek",
		"noor",
		"oskar",
		"pilar",
	}
	crafts = []string{
		"bakes",
		"knits",
		"paints",
		"runs",
		"reads",
		"gardens",
		"films",
		"cooks",
		"builds",
		"sews",
		"draws",
		"travels",
	}

	openings = []string{
		"Finally finished",
		"Three tries later:",
		"Slow morning with",
		"You asked for",
		"A closer look at",
		"What nobody tells you about",
		"Fixing",
		"One evening,",
		"Before and after:",
		"Rainy-day",
	}
	things = []string{
		"the oak stool",
		"a linen curtain",
		"my grandmother's loom",
		"the paper lantern",
		"a wool blanket",
		"the tiny kitchen shelf",
		"hand-bound notebooks",
		"the ceramic lamp",
		"a patchwork coat",
		"the balcony bench",
	}
	closings = []string{
		"✨",
		"🧵🪡",
		"🪵 sawdust everywhere",
		"— what should be next?",
		"❤️‍🔥",
		"(no filter, bad light)",
		"🇰🇷🇵🇹",
		"👩🏽‍🎨 step by step",
		"…and it works!",
		"💬 tell me below",
	}
	tags = []string{
		"#handmade",
		"#slowliving",
		"#diy",
		"#studio",
		"#woodwork",
		"#textile",
		"#weekend",
		"#repair",
		"#craft",
		"#linen",
	}
	// hardCaptions are captions every reader of them must survive.
	hardCaptions = []string{
		`<b>&"Not bold"</b> <script>alert('caption')</script> & a <3`,
		"أجمل ما صنعته هذا الأسبوع 🧶 من الصوف القديم #صناعة_يدوية",
		"סוף סוף גמרתי את הכיסא! \u202eabc\u202c תודה לכולם 🙏",
		"=HYPERLINK(\"https://evil.example\",\"click\") +1 @home -2",
		"수제 램프 만들기 💡 처음부터 끝까지",
		"  spaces around, a tab\tand\n\na blank line  ",
	}
)

func pickWord(list []string, key, what uint64) string { return list[pick(key, what, len(list))] }

// captionOf makes a post's title and caption. Every ninth is odd, every 23rd has none, every 31st is long.
func captionOf(l *accountModel, i int, kind PostKind) (title, caption string) {
	k := uint64(i)
	if i%23 == 20 {
		return "untitled", ""
	}
	if i%9 == 6 {
		s := hardCaptions[(i/9+int(l.no))%len(hardCaptions)]
		return strings.TrimSpace(strings.Join(strings.Fields(s), " ")), s
	}
	var b strings.Builder
	b.WriteString(pickWord(openings, l.key, 20e6+k))
	b.WriteByte(' ')
	b.WriteString(pickWord(things, l.key, 21e6+k))
	if kind == PostLive {
		b.WriteString(" (live)")
	}
	title = b.String()
	b.WriteByte(' ')
	b.WriteString(pickWord(closings, l.key, 22e6+k))
	if i%31 == 12 {
		for j := range uint64(8) {
			b.WriteString(
				"\n\n" + pickWord(
					openings,
					l.key,
					30e6+k*8+j,
				) + " " + pickWord(
					things,
					l.key,
					40e6+k*8+j,
				) + " took longer than planned, and that was the best part of it.",
			)
		}
	}
	b.WriteByte('\n')
	b.WriteString(pickWord(tags, l.key, 23e6+k) + " " + pickWord(tags, l.key, 24e6+k))
	return title, b.String()
}
