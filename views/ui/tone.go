package ui

// ToneIcon is the icon of a state with a tone: "ok", "warn", "err", or any other for a neutral one.
func ToneIcon(tone string) string {
	switch tone {
	case "ok":
		return "circle-check"
	case "warn":
		return "circle-alert"
	case "err":
		return "circle-x"
	default:
		return "circle-dashed"
	}
}
