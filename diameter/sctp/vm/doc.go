//go:build linux

// Command vm is the first process of the machine that the tests of SCTP run in,
// since few kernels that build software have SCTP: Debian's cloud kernel in
// qemu's software emulation, which needs no privilege (vm_test.go starts it).
//
// It mounts what a program needs, loads the modules in /modules in the order of
// their names, runs the program in its arguments (what follows "--" on the
// kernel's command line), prints "vm: exit status N" and switches off.
package main
