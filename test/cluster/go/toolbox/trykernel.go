package main

import (
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"syscall"
	"unsafe"
)

// Verbs on the identity of a process, and on what the kernel lets it do.
func init() {
	verbs["identity"] = func(attempt) string { return identity() }
	verbs["status"] = func(a attempt) string { return statusField(a.On) }
	verbs["environment"] = func(a attempt) string { return variables(a.On) }
	verbs["run"] = func(a attempt) string { return run(strings.Fields(a.On)) }
	verbs["processes"] = func(attempt) string { return fmt.Sprint(processes()) }
	verbs["call"] = func(a attempt) string {
		call, known := calls[a.On]
		if !known {
			return "unknown call " + a.On
		}
		return errnoOf(call(a.With))
	}
}

// identity is what `id` prints, with the effective ids where they differ.
func identity() string {
	groups, err := os.Getgroups()
	if err != nil {
		return result(err)
	}
	sort.Ints(groups)
	text := fmt.Sprintf("uid=%d gid=%d groups=%v", os.Getuid(), os.Getgid(), groups)
	if os.Geteuid() != os.Getuid() || os.Getegid() != os.Getgid() {
		text += fmt.Sprintf(" euid=%d egid=%d", os.Geteuid(), os.Getegid())
	}
	return text
}

func statusField(name string) string {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return result(err)
	}
	for _, line := range strings.Split(string(content), "\n") {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return "absent"
}

// variables lists names of environment variables that begin with none of the given prefixes.
func variables(prefixes string) string {
	var found []string
next:
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range strings.Fields(prefixes) {
			if strings.HasPrefix(name, prefix) {
				continue next
			}
		}
		found = append(found, name)
	}
	sort.Strings(found)
	return strings.Join(found, " ")
}

func run(command []string) string {
	output, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if len(output) > 0 {
		return oneLine(string(output))
	}
	return result(err)
}

func processes() int {
	entries, _ := os.ReadDir("/proc")
	count := 0
	for _, entry := range entries {
		if strings.Trim(entry.Name(), "0123456789") == "" {
			count++
		}
	}
	return count
}

func errnoOf(number syscall.Errno) string {
	if number == 0 {
		return "done"
	}
	return errnoName(number)
}

func pointer(text string) uintptr {
	bytes, _ := syscall.BytePtrFromString(text)
	return uintptr(unsafe.Pointer(bytes))
}

func raw(number uintptr, arguments ...uintptr) syscall.Errno {
	var a [6]uintptr
	copy(a[:], arguments)
	_, _, errno := syscall.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	return errno
}

func socket(domain, kind, protocol int) syscall.Errno {
	fd, err := syscall.Socket(domain, kind, protocol)
	if err == nil {
		syscall.Close(fd)
		return 0
	}
	return err.(syscall.Errno)
}

// calls that a lab has no use for; each would only matter to somebody who is about to leave the container.
var calls = map[string]func(with string) syscall.Errno{
	"setuid":    func(string) syscall.Errno { return raw(syscall.SYS_SETUID, 0) },
	"setgid":    func(string) syscall.Errno { return raw(syscall.SYS_SETGID, 0) },
	"setgroups": func(string) syscall.Errno { return raw(syscall.SYS_SETGROUPS, 0, 0) },
	"chroot":    func(string) syscall.Errno { return raw(syscall.SYS_CHROOT, pointer("/")) },
	"mount": func(with string) syscall.Errno {
		errno := raw(syscall.SYS_MOUNT, pointer("none"), pointer(with), pointer("tmpfs"), 0, 0)
		if errno == 0 {
			syscall.Unmount(with, 0)
		}
		return errno
	},
	"remount writable": func(with string) syscall.Errno {
		return raw(syscall.SYS_MOUNT, pointer("none"), pointer(with), pointer("none"), syscall.MS_REMOUNT|syscall.MS_BIND, 0)
	},
	"unmount": func(with string) syscall.Errno { return raw(syscall.SYS_UMOUNT2, pointer(with), syscall.MNT_DETACH) },
	"open by handle": func(with string) syscall.Errno {
		handle := [2 + 16]uint32{8, 1}
		return raw(304, ^uintptr(99), uintptr(unsafe.Pointer(&handle)), 0) // AT_FDCWD; what matters is whether it may be asked
	},
	"bpf":             func(string) syscall.Errno { return raw(321, 0, 0, 0) },
	"kernel keyring":  func(string) syscall.Errno { return raw(250, 0, ^uintptr(2), 0) },
	"perf events":     func(string) syscall.Errno { return raw(298, 0, 0, 0, 0, 0) },
	"userfaultfd":     func(string) syscall.Errno { return raw(323, 0) },
	"load a module":   func(string) syscall.Errno { return raw(syscall.SYS_INIT_MODULE, 0, 0, 0) },
	"io_uring":        func(string) syscall.Errno { return raw(425, 1, 0) },
	"raw socket":      func(string) syscall.Errno { return socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP) },
	"packet socket":   func(string) syscall.Errno { return socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0) },
	"user namespace":  func(string) syscall.Errno { return inNewNamespace(syscall.CLONE_NEWUSER) },
	"mount namespace": func(string) syscall.Errno { return inNewNamespace(syscall.CLONE_NEWNS) },
}

// inNewNamespace starts a child there; a program with threads may not go itself.
func inNewNamespace(flag uintptr) syscall.Errno {
	command := exec.Command("/proc/self/exe", "nothing", "at all")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flag}
	err := command.Run()
	var number syscall.Errno
	if path, is := err.(*os.PathError); is {
		number, _ = path.Err.(syscall.Errno)
	}
	return number
}
