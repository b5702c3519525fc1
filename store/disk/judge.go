package disk

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
)

// op is a call that modifies, by the name that errors give it.
type op string

const (
	mkdirAll      op = "mkdirall"
	create        op = "create"
	openReadWrite op = "open"
	openDir       op = "opendir"
	syncDir       op = "syncdir"
	link          op = "link"
	rename        op = "rename"
	remove        op = "remove"
	removeAll     op = "removeall"
	stat          op = "stat"
	write         op = "write"
	writeAt       op = "writeat"
	syncAll       op = "sync"
	syncData      op = "syncdata"
	syncTo        op = "syncto"
	closeFile     op = "close"
)

// outcome is what becomes of a call.
type outcome int

const (
	done   outcome = iota // it is done, by this attempt or by one that was reported as failed
	answer                // the caller gets the error: it tells what there is, not what the disk can't do
	again                 // it is made again until it is done
	final                 // to make it again would hide what it lost
)

// judge says what becomes of a call that returned err. repeated says that it
// has failed before.
func (o op) judge(err error, repeated bool) outcome {
	if err == nil {
		return done
	}
	switch o {
	case link:
		// Pebble copies a file that can't be linked.
		switch {
		case repeated && errors.Is(err, fs.ErrExist):
			return done
		case is(err, fs.ErrExist, fs.ErrNotExist, syscall.EXDEV, syscall.EMLINK, syscall.EPERM, syscall.ENOTSUP):
			return answer
		}
	case rename, remove, removeAll:
		// Pebble goes on after a removal that failed: the next Open
		// removes what is left over. One file that can't be removed must
		// not hold up changes for as long as it stays. But a disk that is
		// full gets no room unless what is obsolete goes, and some file
		// systems need room for that as well.
		switch {
		case repeated && errors.Is(err, fs.ErrNotExist):
			return done
		case errors.Is(err, fs.ErrNotExist), o != rename && !passes(err):
			return answer
		}
	case syncDir, write, writeAt:
		if !passes(err) {
			return final
		}
	case syncAll, syncData, syncTo, closeFile:
		// The kernel reports once that it could not write a page, and may
		// hold the page for clean from then on: a sync that succeeds after
		// one that failed says nothing of what was written before. Where
		// there was no room, that is no different.
		return final
	}
	// What is left makes or asks for a name: it is done whole or not at all.
	return again
}

// passes says whether an error tells of a shortage, or of a state that an
// operator ends, and that the call took nothing with it.
func passes(err error) bool {
	return is(err, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE,
		syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR)
}

func is(err error, any ...error) bool {
	return slices.ContainsFunc(any, func(target error) bool { return errors.Is(err, target) })
}
