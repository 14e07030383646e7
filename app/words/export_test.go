package words

// Entries gives a language's own messages for the tests: id, plural form, text.
func Entries(tag string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for id, e := range catalogues()[tag].entries {
		out[id] = map[string]string{}
		for form, parts := range e.forms {
			s := ""
			for _, part := range parts {
				if part.slot {
					s += "{{." + part.text + "}}"
				} else {
					s += part.text
				}
			}
			out[id][form] = s
		}
	}
	return out
}

// PluralForms lists the forms a language uses for whole counts up to a large one.
func PluralForms(tag string) map[string]bool {
	c := catalogues()[tag]
	out := map[string]bool{}
	for n := range int64(1000) {
		out[c.form(n)] = true
	}
	return out
}
