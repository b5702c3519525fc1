// Command paperweight is an Equipment Identity Register: a node that answers
// ME-Identity-Checks over Diameter S13, and the tools to fill it, to ask it
// and to have its answers explained.
//
// This package is the program and no more: its commands (a file each), the
// configuration (package config), the wiring of the parts (run.go), the
// operator's port (package admin), metrics, logs, signals and the way down.
// What is answered is decided in eir, remembered in store, asked through
// diameter.
//
//	main.go      exit statuses
//	root.go      the command tree
//	run.go       a node, wired
//	door.go      diameter's configuration, listeners and certificates
//	events.go    what the parts tell, as logs
//	health.go    what /readyz tells
//	limits*.go   what the system lets the process have, and whether it is enough
//	spell.go     overload and failing reads, as logs: begin and end
//	signals.go   SIGTERM, SIGHUP: what a node is told
//	reload.go    its configuration, read again
//	where.go     the lists of a running or of a stopped node
//	follow*.go   signed feeds, followed
//	hsm/         keys that lie in an HSM
//	feed*.go     the commands of both ends of a feed
//
// Nobody imports it.
package main
