package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

// Each cause of a server that was not reached reads as itself.
func TestWhyAServerIsNotReached(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for want, err := range map[string]error{
		"host mail.example.com does not exist": &net.DNSError{Err: "no such host", Name: "mail.example.com", IsNotFound: true},
		"could not be looked up":               &net.DNSError{Err: "server misbehaving"},
		"is not trusted":                       x509.UnknownAuthorityError{},
		"for another name":                     x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"},
		"has expired":                          x509.CertificateInvalidError{Reason: x509.Expired},
		"is not valid":                         x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign},
		"does not start with TLS":              tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
		"the connection to mail.example.com:587 was refused": &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"no route to":            &net.OpError{Op: "dial", Err: syscall.ENETUNREACH},
		"did not answer in time": context.DeadlineExceeded,
		"closed the connection":  syscall.ECONNRESET,
	} {
		words, help := Unreached(fmt.Errorf("dial: %w", err), "mail.example.com", "587")
		if !strings.Contains(words, want) || help == "" || seen[words] {
			t.Errorf("%v: got %q, %q, want %q, said once, and what helps", err, words, help, want)
		}
		seen[words] = true
	}
	if words, _ := Unreached(errors.New("x"), "h", ""); words != "" {
		t.Errorf("got %q of what is no network's, want nothing", words)
	}
}
