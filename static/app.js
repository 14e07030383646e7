// Truecount's own script: small comforts over pages that work without it. Everything is hooked by
// data-* attributes, nothing is written into the page as text that could be read as markup.
(() => {
	"use strict";
	const one = (sel, from = document) => from.querySelector(sel);
	const all = (sel, from = document) => [...from.querySelectorAll(sel)];
	const on = (type, fn, opts) => document.addEventListener(type, fn, opts);
	const channel = "BroadcastChannel" in window ? new BroadcastChannel("connect") : null;

	// Toasts: success leaves by itself, an error stays until it is closed.
	function ripen(toast) {
		if (toast.dataset.toast === "ok" || toast.dataset.toast === "info") setTimeout(() => toast.remove(), 6000);
	}
	function say(tone, text) {
		const blank = one("#toast-blank"), room = one("#toasts");
		if (!blank || !room) return;
		const toast = blank.content.firstElementChild.cloneNode(true);
		toast.classList.replace("p-err", "p-" + tone);
		toast.dataset.toast = tone;
		one("[data-toast-text]", toast).textContent = text;
		room.append(toast);
	}
	const room = one("#toasts");
	if (room) new MutationObserver((list) => {
		for (const m of list) for (const n of m.addedNodes) if (n.dataset && n.dataset.toast) ripen(n);
	}).observe(room, { childList: true });

	for (const b of all("[data-copy]")) b.hidden = false;

	// The browser's time zone is offered where it is not the one that is chosen.
	for (const hint of all("[data-zone-guess]")) {
		const field = document.getElementById(hint.dataset.zoneGuess);
		const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
		const option = [...field.options].find((o) => o.value === zone);
		if (!option || field.value === zone) continue;
		const button = one("button", hint);
		button.textContent = option.textContent;
		hint.hidden = false;
		button.addEventListener("click", () => { field.value = zone; hint.hidden = true; field.focus(); });
	}

	function refresh(el) {
		for (const box of el ? [el] : all("[data-refresh]")) if (window.htmx) window.htmx.trigger(box, "refresh");
	}

	// The end of a consent window: one message, then it closes.
	const done = one("[data-connect-done]");
	if (done && channel) {
		channel.postMessage({ platform: done.dataset.platform, ok: "ok" in done.dataset, text: done.dataset.text });
		setTimeout(() => window.close(), 300);
	}
	// The page that opened it listens; a popup that was closed unfinished shows when focus returns.
	let waiting = false;
	if (channel && !done) channel.addEventListener("message", (e) => {
		waiting = false;
		const d = e.data || {};
		if (typeof d.text === "string" && d.text) say(d.ok ? "ok" : "err", d.text);
		if (one("[data-refresh]")) refresh(); else location.reload();
	});
	addEventListener("focus", () => { if (waiting) refresh(); });

	on("submit", (e) => {
		const form = e.target, drop = form.closest("[data-drop]");
		if (drop) { one("summary", drop).focus(); drop.open = false; }
		if (!(form instanceof HTMLFormElement) || !("popup" in form.dataset) || !channel) return;
		const flag = one("input[name=popup]", form);
		const w = window.open("", "connect", "popup,width=600,height=720");
		if (!w) { // blocked: the same tab
			if (flag) flag.remove();
			form.removeAttribute("target");
			return;
		}
		form.target = "connect";
		waiting = true;
		const wait = one("[data-wait]", form);
		if (wait) wait.hidden = false;
		if (!flag) {
			const field = document.createElement("input");
			field.type = "hidden"; field.name = "popup"; field.value = "1";
			form.append(field);
		}
	});

	on("click", (e) => {
		const el = e.target instanceof Element ? e.target : null;
		if (!el) return;
		const fill = el.closest("[data-fill]");
		if (fill) {
			const form = document.getElementById(fill.dataset.fill);
			form.elements.email.value = fill.dataset.email;
			form.elements.password.value = fill.dataset.password;
			one("button[type=submit]", form).focus();
		}
		const copy = el.closest("[data-copy]");
		if (copy) {
			const field = document.getElementById(copy.dataset.copy);
			if (field.select) field.select();
			else getSelection().selectAllChildren(field);
			// Beside the button where there is room for it: a drawer lies above the corner of the page.
			const said = copy.parentElement.querySelector("[data-copied]");
			if (!document.execCommand("copy")) return;
			if (!said) return say("ok", "Copied.");
			getSelection().removeAllRanges();
			said.textContent = said.dataset.copied;
			setTimeout(() => { said.textContent = ""; }, 4000);
		}
		const close = el.closest("[data-close]");
		if (close) close.closest("[data-toast]").remove();
		const opens = el.closest("[data-dialog]");
		if (opens) {
			const d = document.getElementById(opens.dataset.dialog);
			if (d && d.showModal) d.showModal();
		}
		const leaves = el.closest("[data-leave]");
		if (leaves) leaves.closest("dialog").close();
		if (el instanceof HTMLDialogElement) el.close(); // the backdrop
		for (const drop of all("[data-drop][open]")) if (!drop.contains(el)) drop.open = false;
	});
	on("keydown", (e) => {
		if (e.key !== "Escape") return;
		for (const drop of all("[data-drop][open]")) {
			const inside = drop.contains(document.activeElement);
			drop.open = false;
			if (inside) one("summary", drop).focus();
		}
	});

	// Charts: the cursor reads a day from the table and shows it in one fixed line.
	function read(fig, day) {
		const line = one("[data-readout]", fig);
		if (!("said" in line.dataset)) line.dataset.said = line.textContent.trim();
		const row = day && one('[data-day="' + day + '"]', fig);
		const names = all("thead th", fig).map((th) => th.textContent.trim());
		for (const svg of all("svg[data-from]", fig)) {
			const d = svg.dataset, cur = one("[data-cursor]", svg);
			const n = row ? (Date.parse(day) - Date.parse(d.from)) / 864e5 : 0;
			const x = row ? +d.left + (d.right - d.left) * n / d.days : -99;
			cur.setAttribute("x1", x); cur.setAttribute("x2", x);
		}
		if (!row) { line.textContent = line.dataset.said; delete fig.dataset.at; return; }
		fig.dataset.at = day;
		line.textContent = [...row.cells].map((c, i) => i ? names[i] + " " + c.textContent.trim() : c.textContent.trim()).join(" · ");
	}
	function nearest(fig, time) {
		let best = null, least = Infinity;
		for (const r of all("[data-day]", fig)) {
			const gap = Math.abs(Date.parse(r.dataset.day) - time);
			if (gap < least) { least = gap; best = r.dataset.day; }
		}
		return best;
	}
	on("pointermove", (e) => {
		const svg = e.target instanceof Element && e.target.closest("svg[data-from]");
		if (!svg) return;
		const box = svg.getBoundingClientRect(), d = svg.dataset;
		const x = (e.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
		const share = (x - d.left) / (d.right - d.left);
		read(svg.closest("[data-chart]"), nearest(svg.closest("[data-chart]"), Date.parse(d.from) + share * d.days * 864e5));
	});
	on("pointerout", (e) => {
		const svg = e.target instanceof Element && e.target.closest("svg[data-from]");
		if (svg && !svg.contains(e.relatedTarget)) read(svg.closest("[data-chart]"), null);
	});
	on("keydown", (e) => {
		const line = e.target instanceof Element && e.target.closest("[data-readout]");
		if (!line || (e.key !== "ArrowLeft" && e.key !== "ArrowRight" && e.key !== "Escape")) return;
		e.preventDefault();
		const fig = line.closest("[data-chart]");
		if (e.key === "Escape") return read(fig, null);
		const days = all("[data-day]", fig).map((r) => r.dataset.day).sort();
		const at = days.indexOf(fig.dataset.at), back = e.key === "ArrowLeft";
		read(fig, at < 0 ? days[days.length - 1] : days[Math.min(days.length - 1, Math.max(0, at + (back ? -1 : 1)))]);
	});

	if (!window.htmx) return;
	// The drawer opens when it is filled, and gives the focus back when it closes. On a phone its link is a page.
	const drawer = one("#drawer");
	on("htmx:before:request", (e) => {
		const ctx = e.detail.ctx;
		if (!drawer || ctx.target !== drawer || drawer.open || !matchMedia("(max-width:859px)").matches) return;
		e.preventDefault();
		location.assign(ctx.sourceElement.href);
	});
	on("htmx:after:swap", (e) => {
		const ctx = e.detail.ctx;
		if (!drawer || !ctx || ctx.target !== drawer) return;
		if (!drawer.open) drawer.showModal();
		else (one("[data-answer]", drawer) || one("[aria-current]", drawer) || drawer).focus();
		drawer.scrollTop = 0;
	});
	// A refresh keeps what the reader opened: details stay as they are.
	window.htmx.registerExtension("keep-open", {
		htmx_before_morph_attr: (el, detail) => !(detail.attrName === "open" && el.tagName === "DETAILS"),
	});
	on("htmx:response:error", (e) => {
		const r = e.detail.ctx.response, text = e.detail.ctx.text || "";
		if (r.status === 401) return location.assign("/login");
		if (r.status === 422 || text.includes("<hx-partial")) return;
		if (e.detail.ctx.request.method === "GET" && r.status >= 500) return stale(e.detail.ctx.sourceElement);
		say("err", r.status === 429 ? "That was too soon. Try again a little later." :
			r.status < 500 ? "That could not be done. Reload the page to see the current state." :
			"This did not work. The fault is on our side; what you see is from before.");
	});
	on("htmx:error", (e) => { if (e.detail.ctx) stale(e.detail.ctx.sourceElement); });
	// A refresh that fails is said once; the numbers stay.
	let told = false;
	function stale() {
		if (told) return;
		told = true;
		say("warn", "Truecount does not answer right now. What you see is from before; it is tried again by itself.");
	}
	on("htmx:after:swap", (e) => {
		const ctx = e.detail.ctx;
		if (ctx && ctx.response && ctx.response.status < 400) told = false;
	});
	// What a form changed shows in the panel around it.
	on("htmx:finally:request", (e) => {
		const ctx = e.detail.ctx;
		if (!ctx || ctx.request.method === "GET") return;
		if (ctx.response && ctx.response.status < 400) refresh(one("[data-refresh]"));
		setTimeout(settle, 0);
	});
	// A pressed button is disabled while its request runs and may be gone after: focus returns to
	// it, or to the heading of the place it stood in.
	let held = null;
	on("submit", (e) => {
		const home = e.target.closest("[data-card],[data-refresh]");
		held = home && e.submitter && document.activeElement === e.submitter ? { button: e.submitter, home } : null;
	}, true);
	on("focusin", () => { held = null; });
	function settle() {
		if (!held || document.activeElement !== document.body) return;
		const { button, home } = held;
		if (button.isConnected && !button.disabled && button.offsetParent) button.focus({ preventScroll: true });
		else {
			const h = one("h1,h2", home.isConnected ? home : one("[data-refresh]") || document.body);
			if (h) { h.tabIndex = -1; h.focus({ preventScroll: true }); }
		}
	}
	on("htmx:finally:swap", settle);
	// A page nobody looks at does not ask; it catches up when it is seen again.
	on("htmx:before:request", (e) => {
		const by = e.detail.ctx.sourceEvent;
		if (document.hidden && by && by.type === "every") e.preventDefault();
	});
	on("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
