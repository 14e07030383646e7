package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// broken finds, on the page, words that are cut over two lines though they are no longer than a line of a phone,
// elements beside each other that overlap, and a page that is wider than its window.
const broken = `(() => {
	const out = [];
	const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	for (let node; (node = walk.nextNode());) {
		for (const word of node.data.matchAll(/[\p{L}\p{N}'’]+/gu)) {
			const from = node.data.slice(0, word.index).search(/\S*$/), to = node.data.slice(word.index).search(/\s|$/);
			if (word.index + to - from > 24) continue; // with what stands before and after it without a space
			const range = document.createRange();
			range.setStart(node, word.index);
			range.setEnd(node, word.index + word[0].length);
			const tops = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)));
			if (tops.size > 1) out.push("cut: " + word[0]);
		}
	}
	for (const row of document.querySelectorAll(".p-row, .p-name, .p-card-top, .p-pill, .p-actions, .p-meta")) {
		const parts = [...row.children].map((e) => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 1 && r.height > 1 && getComputedStyle(e).position === "static" && getComputedStyle(e).display !== "inline");
		for (let i = 0; i < parts.length; i++) for (let j = i + 1; j < parts.length; j++) {
			const [a, b] = [parts[i][1], parts[j][1]];
			const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
			if (wide > 1 && high > 1) out.push("overlap: " + parts[i][0].innerText.slice(0, 40) + " | " + parts[j][0].innerText.slice(0, 40));
		}
	}
	if (document.documentElement.scrollWidth > innerWidth) out.push("wider than the window: " + document.documentElement.scrollWidth + " of " + innerWidth);
	return out.join("\n");
})()`

// Names of 40 letters and the widest pill cut no word in two and cover nothing, on a phone, a tablet and a desk.
func TestLongNamesAndWidePills(t *testing.T) {
	t.Parallel()
	ctx, _ := tab(t)
	s, word := demo(t)
	sys, db := viewer.System(t.Context(), viewer.ReasonTest), s.Store.Client
	long := strings.Repeat("abcdefghij", 4)
	db.Profile.Update().SetDisplayName(strings.ToUpper(long)).ExecX(sys)
	for _, c := range db.Connection.Query().AllX(sys) {
		c.Update().SetHandle(long).ExecX(sys)
	}
	db.Connection.Update().
		Where(connection.Platform("tiktok")).
		SetStatus(connection.StatusNeedsReconnect).
		SetStatusCode("AUTH_REVOKED").
		ExecX(sys)
	for _, x := range db.Schedule.Query().AllX(sys) { // "Delayed: videos since 1 Jan"
		if x.Platform != "tiktok" {
			x.Update().SetPostsReadAt(time.Now().AddDate(0, 0, -30)).ExecX(sys)
		}
	}
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	for _, width := range []int64{360, 390, 768, 1024, 1360} {
		for _, path := range []string{"/dashboard", "/connections", "/dashboard/youtube"} {
			var got string
			act(
				t,
				ctx,
				path,
				chromedp.EmulateViewport(width, 900),
				chromedp.Navigate(s.URL+path),
				chromedp.WaitReady("main h1", chromedp.ByQuery),
				settled,
				chromedp.Evaluate(broken, &got),
			)
			if got != "" {
				t.Errorf("%s at %d pixels: got\n%s", path, width, got)
			}
		}
	}
}
