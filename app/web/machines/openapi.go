package machines

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// openAPI describes the JSON routes, but for what depends on the platforms: their ids, and the addresses they call.
//
//go:embed openapi.json
var openAPI string

// Document is the OpenAPI description of the JSON routes for a list of platforms.
func Document(specs []platform.Spec) []byte {
	ids := make([]string, len(specs))
	hooks := map[string]any{}
	for i, s := range specs {
		ids[i] = strconv.Quote(s.ID)
		for _, h := range s.Hooks {
			hooks[platform.HookPath(s.ID, h.Name)] = map[string]any{"post": hook(h)}
		}
	}
	paths, err := json.MarshalIndent(hooks, " ", " ")
	if err != nil || len(hooks) == 0 { // maps of texts always have a JSON form
		paths = nil
	} else {
		paths = append(bytes.TrimSuffix(bytes.TrimPrefix(paths, []byte("{\n  ")), []byte("\n }")), ',')
	}
	return []byte(
		strings.NewReplacer(`"{platforms}"`, strings.Join(ids, ", "), `"/api/webhooks/{hooks}": {},`, string(paths)).
			Replace(openAPI),
	)
}

type object = map[string]any

// hook describes one address that a platform calls.
func hook(h platform.HookAddress) object {
	body := object{"application/json": object{"schema": object{"type": "object"}}}
	if h.Form {
		body = object{"application/x-www-form-urlencoded": object{"schema": object{
			"type": "object", "required": []string{"signed_request"},
			"properties": object{"signed_request": object{"type": "string"}},
		}}}
	}
	taken := object{"type": "object"}
	if h.Tracks {
		taken = object{
			"type": "object", "required": []string{"url", "confirmation_code"},
			"properties": object{"url": object{"type": "string"}, "confirmation_code": object{"type": "string"}},
		}
	}
	said := func(text string, schema object) object {
		return object{"description": text, "content": object{"application/json": object{"schema": schema}}}
	}
	failed := object{"$ref": "#/components/schemas/Error"}
	return object{
		"summary": strings.TrimSuffix(h.Says, "."), "security": []object{},
		"requestBody": object{"required": true, "content": body},
		"responses": object{
			"200": said(words.English.Say("errors.openapi.taken"), taken),
			"403": said(words.English.Say("errors.openapi.signature"), failed),
			"404": said(words.English.Say("errors.openapi.none"), failed),
			"422": said(words.English.Say("errors.openapi.body"), failed),
		},
	}
}
