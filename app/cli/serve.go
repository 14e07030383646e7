package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/truecount/truecount/app"
)

type serveCmd struct{}

// Run serves until it is told to stop.
func (serveCmd) Run(w *World) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(w.Context, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Addr, err)
	}
	log := w.logger(c)
	s, err := app.Start(w.Context, c, l, log, nil, w.say)
	if err != nil {
		return errors.Join(err, closed(l))
	}
	err = s.Wait(w.Context)
	log.Info("stopping: runs under way are finished or go back to the queue")
	return errors.Join(err, s.Stop(w.Context))
}

func closed(l net.Listener) error {
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// signals gives a context that ends when the process is told to.
func signals() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}
