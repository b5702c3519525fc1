package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"paperweight/store/feed/publish"
)

func newFeedServe() *cobra.Command {
	var dir, address, cert, key string
	cmd := &cobra.Command{
		Use:   "serve --dir DIR",
		Short: "Hand a feed out over HTTP",
		Long: `Hand DIR/public out over HTTP, or HTTPS with --tls-cert and --tls-key, and tell
the nodes that listen (GET /events) of each publication, so that they poll at
once. It is for a laboratory, or to stand behind a cache; any other web server or
object store will do as well, and nodes then poll.

It needs no key: what it hands out is signed. It stops on SIGINT and SIGTERM. With
TLS, SIGHUP reads the certificate and its key again, for connections from then on;
files that can't be change nothing.`,
		Example: `  paperweight feed serve --dir authority --listen 127.0.0.1:8080
  paperweight feed serve --dir /srv/feed --listen :8443 --tls-cert cert.pem --tls-key key.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case dir == "":
				return &usageError{errors.New("--dir DIR is needed: the feed's directory")}
			case (cert == "") != (key == ""):
				return &usageError{errors.New("--tls-cert and --tls-key belong together")}
			}
			var own *keyPair
			if cert != "" {
				var err error
				if own, err = newKeyPair(cert, key); err != nil {
					return err
				}
			}
			l, err := net.Listen("tcp", address)
			if err != nil {
				return fmt.Errorf("%w\n  take another address: --listen HOST:PORT", err)
			}
			return serveFeed(cmd.Context(), dir, l, own, cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "dir", "", "the feed's `DIR`")
	flags.StringVar(&address, "listen", "127.0.0.1:8080", "`HOST:PORT`; port 0 takes a free one, which is printed")
	flags.StringVar(&cert, "tls-cert", "", "certificate chain in PEM, a `FILE`")
	flags.StringVar(&key, "tls-key", "", "its private key in PEM, a `FILE`")
	return cmd
}

// serveFeed serves until ctx ends, over TLS where there is a pair of our own.
func serveFeed(ctx context.Context, dir string, l net.Listener, own *keyPair, stderr io.Writer) error {
	site, err := publish.NewSite(dir)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := site.Server()
	// With ctx Watch ends the streams, which Shutdown would wait for.
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_ = site.Watch(ctx) // ctx's error
	}()
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		<-watched
		bound, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(bound)
	})
	scheme := "http"
	if own != nil {
		scheme = "https"
		server.TLSConfig = &tls.Config{GetCertificate: own.get, MinVersion: tls.VersionTLS12}
		own.reloadOnHangup(stderr)
	}
	fmt.Fprintf(stderr, "serving %s/public at %s://%s\n", dir, scheme, l.Addr())
	if own != nil {
		err = server.ServeTLS(l, "", "") // own is in its TLSConfig
	} else {
		err = server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = <-stopped
	}
	return errors.Join(err, site.Close())
}
