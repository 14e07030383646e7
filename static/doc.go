// Package static owns the files that a browser loads beside the pages: styles, scripts, the font and the favicon. They
// are part of the program and served under names with a hash of their content, so that a browser may keep them. It
// refuses every other name: it reads nothing from disk and lists nothing. Layout names the files, and web serves them.
package static
