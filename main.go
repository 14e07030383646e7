// Truecount is self-hosted social analytics for creators and the people who manage them.
package main

import "github.com/truecount/truecount/app/cli"

func main() { cli.Main() }
