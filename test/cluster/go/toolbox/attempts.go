package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// attempt is one thing to try from inside a container. What came of it is one word, or a value: "done", "EROFS", "timeout", "0".
type attempt struct {
	ID string `json:"id"`
	Do string `json:"do"`
	// Path, address, name: what it is tried on.
	On string `json:"on,omitempty"`
	// A second path, a server, a program: what the verb needs beside it.
	With string `json:"with,omitempty"`
	// Tried again, for up to 20 s, until this is seen: for what must work, on a machine that is busy.
	Until string `json:"until,omitempty"`
}

type outcome struct {
	ID   string `json:"id"`
	Seen string `json:"seen"`
}

// verbs by their name; each tries once.
var verbs = map[string]func(attempt) string{}

// tryAll prints one line of JSON for each attempt. What must work comes first: when it does, the network of the pod is there, and a
// connection that then fails was refused. The others wait for nothing but their time-outs, all at once.
func tryAll(text string) {
	var attempts []attempt
	if err := json.Unmarshal([]byte(text), &attempts); err != nil {
		die(err)
	}
	var lock sync.Mutex
	each := func(wanted func(attempt) bool, together bool) {
		var waiting sync.WaitGroup
		for _, a := range attempts {
			if !wanted(a) {
				continue
			}
			run := func() {
				line, _ := json.Marshal(outcome{a.ID, tryUntil(a)})
				lock.Lock()
				defer lock.Unlock()
				fmt.Println(string(line))
			}
			if !together {
				run()
				continue
			}
			waiting.Add(1)
			go func() { defer waiting.Done(); run() }()
		}
		waiting.Wait()
	}
	each(func(a attempt) bool { return a.Until != "" }, true)
	each(func(a attempt) bool { return a.Until == "" && isRemote(a) }, true)
	each(func(a attempt) bool { return a.Until == "" && !isRemote(a) }, false)
}

func tryUntil(a attempt) string {
	verb, known := verbs[a.Do]
	if !known {
		return "unknown verb " + a.Do
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		seen := verb(a)
		if a.Until == "" || seen == a.Until || time.Now().After(end) {
			return seen
		}
	}
}

func result(err error) string {
	if err == nil {
		return "done"
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return errnoName(number)
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		return "timeout"
	}
	return oneLine(err.Error())
}

var errnoNames = map[syscall.Errno]string{
	syscall.EACCES: "EACCES", syscall.EBUSY: "EBUSY", syscall.ECONNREFUSED: "refused", syscall.EEXIST: "EEXIST", syscall.EFAULT: "EFAULT",
	syscall.EHOSTUNREACH: "unreachable", syscall.EINVAL: "EINVAL", syscall.EIO: "EIO", syscall.EISDIR: "EISDIR", syscall.ELOOP: "ELOOP",
	syscall.ENETUNREACH: "unreachable", syscall.ENODEV: "ENODEV", syscall.ENOENT: "ENOENT", syscall.ENOSYS: "ENOSYS",
	syscall.ENOTDIR: "ENOTDIR", syscall.ENOTSUP: "ENOTSUP", syscall.ENXIO: "ENXIO", syscall.EPERM: "EPERM", syscall.EROFS: "EROFS",
	syscall.ETIMEDOUT: "timeout", syscall.EXDEV: "EXDEV", syscall.EAFNOSUPPORT: "EAFNOSUPPORT", syscall.EPROTONOSUPPORT: "EPROTONOSUPPORT",
	syscall.EBADF: "EBADF", syscall.ENOSPC: "ENOSPC", syscall.ESTALE: "ESTALE",
}

func errnoName(number syscall.Errno) string {
	if name, known := errnoNames[number]; known {
		return name
	}
	return fmt.Sprintf("errno %d", int(number))
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

func fileText(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return result(err)
	}
	return oneLine(string(content))
}
