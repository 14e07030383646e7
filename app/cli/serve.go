package cli

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/words"
)

type serveCmd struct {
	NoWeb    bool `help:"Only sync. Serve no pages, just probes and metrics. Needs PostgreSQL."      xor:"role"`
	NoWorker bool `help:"Only serve pages and the API. Another process must sync. Needs PostgreSQL." xor:"role"`
	New      bool `help:"Start with an empty SQLite database even if there was one before."`
}

// Run serves until it is told to stop.
func (s serveCmd) Run(w *World) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	if c.NoWeb, c.NoWorker = s.NoWeb, s.NoWorker; (c.NoWeb || c.NoWorker) && c.Embedded() {
		return failure(words.New("commands.serve.postgres"))
	}
	c.New = s.New
	l, err := (&net.ListenConfig{}).Listen(w.Context, "tcp", c.Addr)
	if err != nil {
		return unheard(c.Addr, err)
	}
	log := w.logger(c)
	server, err := app.Start(w.Context, app.Options{Config: c, Log: log}, l, w.say)
	if err != nil {
		return errors.Join(err, closed(l))
	}
	err = server.Wait(w.Context)
	log.Info("stopping: syncs in progress finish or go back to the queue")
	return errors.Join(err, server.Stop(w.Context))
}

// unheard says why nothing can be served at an address, and what helps.
func unheard(address string, err error) error {
	var system *os.SyscallError
	why := err
	if errors.As(err, &system) {
		why = system.Err
	}
	return failure(words.New("commands.serve.listen", "Address", address, "Why", why.Error()))
}

func closed(l net.Listener) error {
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// signals gives a context that ends when the process is told to.
func signals() (context.Context, context.CancelFunc) {
	told := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup it is to be outlived
		told = append(told, syscall.SIGHUP)
	}
	return signal.NotifyContext(context.Background(), told...)
}
