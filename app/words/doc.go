// Package words owns every sentence of the product in one catalogue: what pages, mails, alerts, the doctor, commands
// and error messages say, and how numbers and dates are written. Everything above imports it; it imports nothing of
// ours. It refuses markup, and it refuses to decide which sentence fits: that is the room's matter.
//
// # The catalogue
//
// A language is a folder of TOML files, read by go-i18n and built into the program: en/creator.toml, en/mail.toml. The
// name of the file is the first part of each id, the tables are the parts after it: the key "title" in the table
// [login] of en/door.toml is "door.login.title". Placeholders are written {{.Name}}; nothing else of Go's templates is
// allowed. A message with a count has plural forms, and its placeholder is called Count:
//
//	[posts]
//	one = "{{.Count}} post"
//	other = "{{.Count}} posts"
//
// The keys one, other, few, many, zero, two, id, description and hash belong to go-i18n and name no message.
//
// # To add a sentence
//
// Write it into the English file of its area and name it where it is said:
//
//   - in a template or anywhere with a context: words.Say(ctx, "door.login.title"), or w := words.In(ctx) and then
//     w.Say("creator.synced", "Ago", w.Ago(t, now, zone));
//   - in an error, a read model, an alert or a mail, which are read later by somebody whose language is not known yet:
//     words.New("errors.notFound") makes a Text, which its reader writes with text.In(ctx). Values that depend on the
//     language are given as Values: words.Day(t, now, zone), words.Compact(n), another Text;
//   - where there is no person (logs, commands): words.English.Say("commands.done", "Count", n);
//   - with a link or a strong word in the middle: ui.Sentence of views/ui takes a component as a placeholder's value.
//
// Ids and placeholder names are literals, so that the tests of this package can check them: every id exists, every
// message is used, and each call gives exactly the placeholders its message has. A table may hold ids of messages
// without placeholders. The tests also refuse words outside of the catalogue, sentences of more than 20 words, and
// phrases that were retired.
//
// # To add a language
//
// Copy the folder en to its tag ("de"), translate the files of the areas that are wanted (what is missing is said in
// English), and give format.toml the language's ways of writing numbers and dates. Add the plural forms the language
// has. Nothing else changes: Languages lists the folder, Match picks it from a browser's header, and With puts it into
// the context.
package words
