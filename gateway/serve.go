package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"paperweight/gateway/config"
)

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a node",
		Long: `Run a node: answer ME-Identity-Checks over Diameter S13 from the lists in the
data directory, and listen on loopback for the operator.

Without a configuration it is a laboratory: any peer on loopback may join, data
is kept in ./paperweight-data, Diameter listens on 127.0.0.1:3868, the admin
port on 127.0.0.1:9313. To listen elsewhere a peer table is needed; see
` + "`paperweight config`" + `. A flag wins over the file.

SIGTERM and SIGINT stop it in order, also while it starts: /readyz turns 503, no new
connections, Disconnect-Peer-Request to every peer, what is in flight is answered,
the store is closed. A second signal ends it at once, but not one within half a
second: some wrappers send each twice. SIGHUP reads the file again: the policy, the
peers with their rates, the rate of the node, the realms, the certificates, the
feeds and the log level take effect, and what else changed is named as needing a
restart.

With --sctp-listen it serves Diameter over SCTP as well, on Linux whose kernel
has it: one endpoint, multi-homed where it is given several addresses.

With --feed and --feed-root it follows a signed feed: it verifies what the
authority publishes, applies it within a poll (or within a second, where the
mirror tells of changes, as ` + "`paperweight feed serve`" + ` does), and holds what is
out of the ordinary for you: ` + "`paperweight feed --help`" + `. Several feeds, guards and
protected ranges are set in the configuration.

Logs go to standard error.

Exit statuses: 0 stopped in order; 1 failed, or something was cut off; 2 used
wrongly; 128 and the signal's number after a second signal.`,
		Example: `  paperweight serve
  paperweight serve --config /etc/paperweight.yaml
  paperweight serve --data /var/lib/paperweight --diameter-listen 127.0.0.1:13868
  paperweight serve --feed https://feed.example.org --feed-root root.json
  paperweight serve --sctp-listen 127.0.0.1:3868,127.0.0.2:3868
  paperweight serve --config /etc/paperweight.yaml --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := takeOrders(cmd.Context())
			return o.obey(func() error { return f.serve(cmd, o) })
		},
	}
	f.bind(cmd)
	return cmd
}

type serveFlags struct {
	config, data, adminListen, originHost, originRealm string
	diameterListen, sctpListen                         []string
	// feed are mirrors of the feed "national", feedRoot its trust anchor.
	feed     []string
	feedRoot string
	check    bool
}

func (f *serveFlags) bind(cmd *cobra.Command) {
	d := config.Default()
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration `FILE`; without one, the defaults of a laboratory")
	flags.StringVar(&f.data, "data", "", "data `DIR` (default "+d.Store.Data+")")
	flags.StringSliceVar(&f.diameterListen, "diameter-listen", nil, "`IP:PORT` for Diameter, repeatable; port 0 takes a free one (default "+d.Diameter.Listen[0]+")")
	flags.StringSliceVar(&f.sctpListen, "sctp-listen", nil, "`IP:PORT` for Diameter over SCTP, with the same port for each address of a multi-homed node, as 10.0.0.1:3868,10.0.1.1:3868 (default: no SCTP)")
	flags.StringVar(&f.adminListen, "admin-listen", "", "`IP:PORT` of the admin port, on loopback (default "+d.Admin.Listen+")")
	flags.StringVar(&f.originHost, "origin-host", "", "our Origin-Host `NAME` (default "+d.Node.OriginHost+")")
	flags.StringVar(&f.originRealm, "origin-realm", "", "our Origin-Realm `NAME` (default "+d.Node.OriginRealm+")")
	flags.StringArrayVar(&f.feed, "feed", nil, "follow the signed feed at `URL` (https, http, file); repeat it for mirrors of the same feed")
	flags.StringVar(&f.feedRoot, "feed-root", "", "the feed's trust anchor, the authority's root.json, a `FILE`")
	flags.BoolVar(&f.check, "check", false, "check the configuration and the flags, and start nothing")
}

// change lays the flags over a configuration.
func (f *serveFlags) change(c *config.Config) {
	for _, o := range []struct {
		to    *string
		value string
	}{{&c.Store.Data, f.data}, {&c.Admin.Listen, f.adminListen}, {&c.Node.OriginHost, f.originHost}, {&c.Node.OriginRealm, f.originRealm}} {
		if o.value != "" {
			*o.to = o.value
		}
	}
	if len(f.diameterListen) > 0 {
		c.Diameter.Listen = f.diameterListen
	}
	if len(f.sctpListen) > 0 {
		c.Diameter.SCTP.Listen = f.sctpListen
	}
	if len(f.feed) > 0 || f.feedRoot != "" {
		f.national(c)
	}
}

// national lays the flags over the feed of that name, or adds it.
func (f *serveFlags) national(c *config.Config) {
	i := slices.IndexFunc(c.Feeds, func(g config.Feed) bool { return g.Name == config.NationalFeed })
	if i < 0 {
		i = len(c.Feeds)
		c.Feeds = append(slices.Clone(c.Feeds), config.DefaultFeed())
		c.Feeds[i].Name = config.NationalFeed
	}
	if len(f.feed) > 0 {
		c.Feeds[i].Mirrors = f.feed
	}
	if f.feedRoot != "" {
		c.Feeds[i].Root = f.feedRoot
	}
}

func (f *serveFlags) serve(cmd *cobra.Command, o *orders) error {
	c, err := config.Read(f.config, f.change)
	if err != nil {
		return err
	}
	if f.check {
		doubts, err := checked(&c)
		if err != nil {
			return err
		}
		warn(cmd, append(doubts, readLimits().doubts(&c, nil)...))
		fmt.Fprintln(cmd.OutOrStdout(), "the configuration is right")
		return nil
	}
	log, level, err := newLog(c.Log, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	has := readLimits()
	started := context.AfterFunc(o.end, func() {
		log.Info("told to end while it starts: it ends in order once the store is open; a second signal ends it at once")
	})
	n, err := start(c, log, level)
	started()
	if err != nil {
		return err
	}
	log.Info(build().String())
	if c.Diameter.Laboratory() {
		log.Warn("this is a laboratory: any peer on loopback may join; a peer table (diameter.peers) ends that")
	}
	for _, d := range append(c.Doubts(), has.doubts(&c, n.store.Sources())...) {
		log.Warn(d)
	}
	for _, a := range n.diameterAt {
		more := zap.Skip()
		if len(a.addresses) > 1 {
			more = zap.Strings("addresses", a.addresses)
		}
		log.Info("listening for Diameter", zap.Stringer("address", a.at), zap.String("transport", a.transport), zap.String("origin_host", c.Node.OriginHost), zap.String("origin_realm", c.Node.OriginRealm), more)
	}
	log.Info("listening for the operator", zap.String("url", "http://"+n.adminAt.String()))
	for _, one := range n.feeds.followed() {
		log.Info("following a feed", zap.String("feed", one.config.Name), zap.Int("mirrors", len(one.config.Mirrors)), zap.Duration("poll", one.config.Poll))
	}
	if !n.store.Loaded() {
		log.Info("no list was loaded yet: `paperweight import` brings one, or a feed (--feed)", zap.Stringer("answer", c.Policy.NoList))
	}
	n.watchCertificate(time.Now())
	log.Info("ready", zap.String("data", c.Store.Data))
	return n.until(o, f, c)
}
