package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/process"
	"github.com/truecount/truecount/app/release"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// World is what a command touches outside of itself.
type World struct {
	Context context.Context
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Vars    func() (map[string]string, error) // the environment; nil: the process's over .env
}

// commands is the command line.
type commands struct {
	Serve    serveCmd    `cmd:"" default:"withargs" help:"Serve pages and the API, and sync on schedule. The default."`
	Migrate  migrateCmd  `cmd:""                    help:"Apply database migrations."`
	User     userCmd     `cmd:""                    help:"Create, list, disable, unlock and delete accounts."`
	Token    tokenCmd    `cmd:""                    help:"Create, list and revoke personal API tokens."`
	Sync     syncCmd     `cmd:""                    help:"Queue the syncs that are due now."`
	Keys     keysCmd     `cmd:""                    help:"Create and rotate encryption keys."`
	Doctor   doctorCmd   `cmd:""                    help:"Check settings, database, keys, platforms, mail, alerts and clock."`
	Backup   backupCmd   `cmd:""                    help:"Back up the SQLite database to a new file. Servers can keep running."`
	Restore  restoreCmd  `cmd:""                    help:"Replace the SQLite database with a backup."`
	Health   healthCmd   `cmd:""                    help:"Check whether this configuration's server is ready."                  hidden:""`
	Version  versionCmd  `cmd:""                    help:"Print version, commit and Go version."`
	Licenses licensesCmd `cmd:""                    help:"Print third-party license notices."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print version, commit and Go version."`
}

// exit ends parsing early, as --help does.
type exit int

// Run runs one command line and gives the exit code.
func Run(w World, args []string) (code int) {
	process.Private()
	var c commands
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	parser, err := kong.New(&c, kong.Name("truecount"), kong.Description(words.English.Say("commands.about")),
		kong.Writers(w.Out, w.Err), kong.Exit(func(code int) { panic(exit(code)) }), kong.UsageOnError(), kong.Bind(&w),
		kong.Vars{"version": "truecount " + release.Current().String()})
	if err != nil {
		return w.fail(err)
	}
	k, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(w.Err, "truecount: %s (see truecount --help)\n", line(err))
		return 2
	}
	return w.fail(k.Run())
}

func (w World) fail(err error) int {
	var f *fault.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f) && f.Code != fault.Internal:
		_, _ = fmt.Fprintf(w.Err, "truecount: %s\n", line(errors.New(f.Message.String())))
	default:
		_, _ = fmt.Fprintf(w.Err, "truecount: %s\n", line(err))
	}
	return 1
}

func line(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// failure is an error that the person at the command line reads.
func failure(t words.Text) error { return errors.New(t.String()) }

func (w World) say(s string) { _, _ = fmt.Fprintln(w.Out, s) }

// vars reads the environment.
func (w World) vars() (map[string]string, error) {
	if w.Vars != nil {
		return w.Vars()
	}
	return config.Environ(all.Platforms().Declared())
}

// config reads the environment and checks it.
func (w World) config() (config.Config, error) {
	vars, err := w.vars()
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(vars, all.Platforms().Declared())
}

// open opens the rooms for a command that runs beside the server, or without one.
func (w World) open() (*app.App, context.Context, error) {
	c, err := w.config()
	if err != nil {
		return nil, nil, err
	}
	return w.openAs(c)
}

// openAs opens the rooms with settings that were read. They are read once: secrets leave the environment with it.
func (w World) openAs(c config.Config) (*app.App, context.Context, error) {
	a, err := app.Open(w.Context, app.Options{Config: c, Log: w.logger(c)})
	return a, viewer.System(w.Context, viewer.ReasonCommand), err
}

// openExisting opens the rooms for a command that works on what is there already. Where no database is, it fails before
// anything is written: such a command was run in another folder or without the server's settings, and an empty
// installation would only hide that.
func (w World) openExisting() (*app.App, context.Context, error) {
	c, err := w.config()
	if err != nil {
		return nil, nil, err
	}
	if err := existing(c); err != nil {
		return nil, nil, err
	}
	return w.openAs(c)
}

// existing refuses an SQLite file that is not there. One that vanished is left to app.Open, which tells more about it.
func existing(c config.Config) error {
	if !c.Embedded() {
		return nil
	}
	path, err := embedded(c)
	if err != nil {
		return err
	}
	absent, err := store.Absent(path)
	if err != nil {
		return err
	}
	if _, marked := store.ReadMarker(path); absent && !marked {
		return failure(words.New("commands.noDatabase", "Path", path))
	}
	return nil
}

func (w World) logger(c config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[c.LogLevel]}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w.Err, o))
	}
	return slog.New(slog.NewTextHandler(w.Err, o))
}

// Main runs the process's own command line.
func Main() {
	ctx, stop := signals()
	defer stop()
	os.Exit(Run(World{Context: ctx, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Args[1:]))
}
