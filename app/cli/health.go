package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/words"
)

type healthCmd struct{}

const healthLimit = 4 * time.Second

// Run asks this machine's server whether it is ready, for images without a shell.
func (healthCmd) Run(w *World) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	address, err := probeAddress(c.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(w.Context, healthLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(
		r,
	) // of this machine, and by no proxy
	if err != nil {
		return failure(words.New("commands.health.silent", "Address", address))
	}
	if err := res.Body.Close(); err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	if res.StatusCode != http.StatusOK {
		return failure(
			words.New("commands.health.notReady", "Address", address, "Status", strconv.Itoa(res.StatusCode)),
		)
	}
	w.say("ready")
	return nil
}

// probeAddress is where a server that listens on addr is reached from its own machine.
func probeAddress(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("read ADDR: %w", err)
	}
	if a, err := netip.ParseAddr(host); host == "" || (err == nil && a.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/readyz", nil
}
