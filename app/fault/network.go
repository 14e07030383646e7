package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/truecount/truecount/app/words"
)

// Unreached says in a few words why a server was not reached, and what helps; empty when the network is not to blame.
// host and port are those that a setting names.
func Unreached(err error, host, port string) (cause, help string) {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var n net.Error
	at := host
	if port != "" {
		at = net.JoinHostPort(host, port)
	}
	w := words.English
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return w.Say("errors.network.noHost", "Host", host), w.Say("errors.network.noHostFix")
	case errors.As(err, &dns):
		return w.Say("errors.network.lookup", "Host", host), w.Say("errors.network.lookupFix")
	case errors.As(err, &unknown):
		return w.Say("errors.network.untrusted", "Host", host), w.Say("errors.network.untrustedFix")
	case errors.As(err, &name):
		return w.Say("errors.network.otherName", "Host", host), w.Say("errors.network.otherNameFix")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return w.Say("errors.network.expired", "Host", host), w.Say("errors.network.expiredFix")
	case errors.As(err, &invalid), errors.As(err, &verify):
		return w.Say("errors.network.certificate", "Host", host), w.Say("errors.network.certificateFix")
	case errors.As(err, &record), strings.Contains(errorText(err), "first record does not look like a TLS handshake"):
		return w.Say("errors.network.noTLS", "At", at), w.Say("errors.network.tlsFix")
	case errors.Is(err, syscall.ECONNREFUSED):
		return w.Say("errors.network.refused", "At", at), w.Say("errors.network.refusedFix")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return w.Say("errors.network.noRoute", "At", at), w.Say("errors.network.noRouteFix")
	case errors.As(err, &n) && n.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return w.Say("errors.network.timeout", "At", at), w.Say("errors.network.timeoutFix")
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return w.Say("errors.network.closed", "At", at), w.Say("errors.network.tlsFix")
	default:
		return "", ""
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
