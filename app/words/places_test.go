package words_test

// notYet are the places whose words are not in the catalogue yet. The list shrinks to nothing.
var notYet = []string{
	"app/platform/",
}

// allowed are strings that look like words for people and are none, with the reason.
var allowed = map[string]string{
	"read what was spent":                   "of a wrapped error",
	"find the first day of the week":        "of a wrapped error",
	"find the last day of the week":         "of a wrapped error",
	"read what is spent":                    "of a wrapped error",
	"find when what is spent is free again": "of a wrapped error",
	"%d done, %d failed, %d left":           "written into the audit log",
	"found by a search":                     "written into the audit log",
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ":      "the content policy",
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; ": "the content policy",
	"send the heartbeat":                     "of a log line",
	"watch the database":                     "of a log line",
	"look after connections":                 "of a log line",
	"forget old rows":                        "of a log line",
	"forget old alerts":                      "of a log line",
	"Truecount":                              "the product's name",
	"sign of life":                           "of a log line",
	"find lost jobs":                         "of a log line",
	"realign what is due":                    "of a log line",
	"sum up schedules":                       "of a log line",
	"disk is full":                           "what a driver says",
	"unable to open database":                "what a driver says",
	"failed to connect":                      "what a driver says",
	"history of posts":                       "of a wrapped error",
	"its report fell over":                   "of a wrapped error",
	"the decision fell over":                 "of a wrapped error",
	"RATE_LIMIT":                             "an example of a code",
	"outerMorph show:top":                    "for htmx",
	"Olu Admin":                              "a name in the demo",
	"Mina Park":                              "a name in the demo",
	"truecount: %s (see truecount --help)\n": "the form of an error of usage, as many programs print it",
	"done: %d success, %d partial, %d failed, %d waiting": "the line that scripts read",
	"failed sign-ins":              "of a wrapped error",
	"the seal of the end was lost": "hashed into the chain of the audit log",
}
