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
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host called " + host, "Look at the spelling of the host."
	case errors.As(err, &dns):
		return "the name " + host + " could not be looked up", "Look whether this machine reaches its name server."
	case errors.As(err, &unknown):
		return "the certificate of " + host + " is not trusted: nobody this machine trusts has signed it", "Install the certificate's authority on this machine, or take a certificate of a public one."
	case errors.As(err, &name):
		return "the certificate of " + host + " is for another name", "Take the name that stands in the certificate as host."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate of " + host + " has expired, or is not valid yet", "Renew it there, and look at this machine's clock."
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "the certificate of " + host + " is not valid", "Look at the certificate there."
	case errors.As(err, &record), strings.Contains(errorText(err), "first record does not look like a TLS handshake"):
		return at + " does not begin with TLS", "Look at the port, and whether TLS is spoken there from the start."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + at, "Look at host and port, and whether the server runs."
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "this machine has no way to " + at, "Look at its network."
	case errors.As(err, &n) && n.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return at + " did not answer in time", "Look at the port, and whether a firewall stands between."
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return at + " hung up without a word", "Look at the port, and whether TLS is spoken there from the start."
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
