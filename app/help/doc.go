// Package help owns the documents that /help serves: Markdown under docs/, built into the program, with what this
// installation knows filled in (its address, redirect addresses, permissions with their reasons). It renders them once
// at the start and searches them. It refuses raw HTML in a document, and it holds no document about one platform:
// those come from the platform's own folder. The web pages ask it; package app makes it.
//
// A document is a file docs/NAME.md that begins with three lines: "# Title", an empty line, and one paragraph that says
// what it is for. It is listed in the contents (see the list in contents.go) and linked as [text](/help/NAME). A fenced
// block with the language "copy" gets a button that copies it. Placeholders are those of text/template: {{.Base}},
// {{range .Platforms}}.
package help
