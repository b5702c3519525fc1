package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"paperweight/diameter"
)

// Options are what a Server serves.
type Options struct {
	Node *Node
	// Spool is a directory for uploads, which must exist.
	Spool string
	// MaxUpload bounds the files of one import, in octets.
	MaxUpload int64
	// Checks tells what the node has of what it is to have.
	Checks func() []Check
	// Peers returns the Diameter peers.
	Peers func() []diameter.PeerState
	// Metrics answers /metrics.
	Metrics http.Handler
	// Log is for what the HTTP server has to say. Needed.
	Log *zap.Logger
}

// Server answers the API of this package.
type Server struct {
	options Options
	http    *http.Server
	// importing holds one token: an import or a what-if takes memory and disk
	// in proportion to its files, so there is one at a time.
	importing chan struct{}
	cancel    context.CancelFunc
}

const (
	// maxBody bounds the bodies that are no files.
	maxBody = 64 << 10
	// quiet is how long a client may neither send nor take anything.
	quiet = 60 * time.Second
)

// NewServer returns a Server; Serve starts it.
func NewServer(o Options) *Server {
	s := &Server{options: o, importing: make(chan struct{}, 1)}
	base, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler:           guard(s.routes()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       quiet,
		WriteTimeout:      quiet,
		IdleTimeout:       2 * quiet,
		ErrorLog:          zap.NewStdLog(o.Log),
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.options.Metrics)
	mux.HandleFunc("POST /api/v1/import", s.imports)
	mux.HandleFunc("GET /api/v1/list", s.show)
	mux.HandleFunc("POST /api/v1/list", s.add)
	mux.HandleFunc("DELETE /api/v1/list", s.remove)
	mux.HandleFunc("POST /api/v1/list/import", s.importOwn)
	mux.HandleFunc("GET /api/v1/sources", s.sources)
	mux.HandleFunc("POST /api/v1/sources/accept", s.accept)
	mux.HandleFunc("GET /api/v1/explain", s.explain)
	mux.HandleFunc("POST /api/v1/explain", s.explain)
	mux.HandleFunc("GET /api/v1/peers", s.peers)
	mux.HandleFunc("GET /api/v1/feeds", s.feeds)
	mux.HandleFunc("GET /api/v1/feeds/held", s.held)
	mux.HandleFunc("POST /api/v1/feeds/release", s.release)
	mux.HandleFunc("POST /api/v1/feeds/reject", s.reject)
	mux.HandleFunc("POST /api/v1/feeds/verify", s.verify)
	mux.HandleFunc("POST /api/v1/feeds/forget", s.forget)
	mux.HandleFunc("POST /api/v1/feeds/try", s.try)
	return mux
}

// Serve answers on l until Shutdown, and then returns http.ErrServerClosed.
// It refuses a listener off loopback.
func (s *Server) Serve(l net.Listener) error {
	if err := CheckListen(l.Addr().String()); err != nil {
		return err
	}
	return s.http.Serve(l)
}

// Shutdown gives up running imports, finishes the other requests, and closes.
// Where ctx ends first it closes what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("admin: %w", errors.Join(err, s.http.Close()))
	}
	return nil
}

// body reads a JSON body into v, strictly.
func body(w http.ResponseWriter, r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if refusal(err).status == http.StatusRequestEntityTooLarge {
			return &Refusal{Message: fmt.Sprintf("the body has more than %d octets", maxBody), status: http.StatusRequestEntityTooLarge}
		}
		return &Refusal{Message: "the body is not the JSON that is expected: " + err.Error()}
	}
	return nil
}
