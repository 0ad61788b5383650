package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Verbs on files. Each takes a path that exists, unless it makes one; "fresh" makes a file of its own first, for a twin that may do it.
func init() {
	opened := func(flags int) func(attempt) string {
		return func(a attempt) string {
			f, err := os.OpenFile(a.On, flags, 0o644)
			if err == nil {
				err = f.Close()
			}
			return result(err)
		}
	}
	on := func(work func(path, with string) error) func(attempt) string {
		return func(a attempt) string {
			if a.With == "fresh" {
				if err := os.WriteFile(a.On, []byte("fresh"), 0o644); err != nil {
					return result(err)
				}
				defer os.RemoveAll(a.On)
			}
			return result(work(a.On, a.With))
		}
	}
	verbs["open for reading"] = opened(os.O_RDONLY)
	verbs["open for writing"] = on(func(path, _ string) error { return closed(os.OpenFile(path, os.O_WRONLY, 0)) })
	verbs["open for both"] = on(func(path, _ string) error { return closed(os.OpenFile(path, os.O_RDWR, 0)) })
	verbs["open for appending"] = on(func(path, _ string) error { return closed(os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)) })
	verbs["truncate"] = on(func(path, _ string) error { return os.Truncate(path, 0) })
	verbs["chmod"] = on(func(path, _ string) error { return os.Chmod(path, 0o600) })
	verbs["set times"] = on(func(path, _ string) error { return os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)) })
	verbs["set attribute"] = on(func(path, _ string) error { return syscall.Setxattr(path, "user.attempt", []byte("x"), 0) })
	verbs["unlink"] = on(func(path, _ string) error { return syscall.Unlink(path) })
	verbs["rename"] = on(func(path, _ string) error { return renameAndBack(path) })
	verbs["hard link"] = on(func(path, _ string) error { return madeAndRemoved(path+".link", os.Link(path, path+".link")) })
	verbs["reopen by descriptor"] = on(func(path, _ string) error { return reopen(path) })
	verbs["chown"] = on(func(path, _ string) error { return os.Chown(path, os.Getuid(), os.Getgid()) })
	verbs["set the user id bit"] = on(func(path, _ string) error { return syscall.Chmod(path, 0o4755) })
	verbs["create"] = func(a attempt) string {
		return result(madeAndRemoved(a.On, closed(os.OpenFile(a.On, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644))))
	}
	verbs["mkdir"] = func(a attempt) string { return result(madeAndRemoved(a.On, os.Mkdir(a.On, 0o755))) }
	verbs["symlink"] = func(a attempt) string { return result(madeAndRemoved(a.On, os.Symlink("target", a.On))) }
	verbs["make a fifo"] = func(a attempt) string { return result(madeAndRemoved(a.On, syscall.Mkfifo(a.On, 0o644))) }
	verbs["make a device"] = func(a attempt) string {
		return result(madeAndRemoved(a.On, syscall.Mknod(a.On, syscall.S_IFCHR|0o666, 1<<8|1)))
	}
	verbs["link"] = func(a attempt) string { return result(madeAndRemoved(a.With, os.Link(a.On, a.With))) }
	verbs["write"] = func(a attempt) string {
		f, err := os.OpenFile(a.On, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(a.With)
			f.Close()
		}
		return result(err)
	}
	verbs["read"] = func(a attempt) string {
		text := fileText(a.On)
		if len(text) > 60 {
			text = text[:60]
		}
		return text
	}
	verbs["list"] = func(a attempt) string {
		entries, err := os.ReadDir(a.On)
		if err != nil {
			return result(err)
		}
		names := []string{}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return strings.Join(names, " ")
	}
	verbs["same file"] = func(a attempt) string {
		one, err := os.Stat(a.On)
		if err != nil {
			return result(err)
		}
		other, err := os.Stat(a.With)
		if err != nil {
			return result(err)
		}
		return fmt.Sprint(os.SameFile(one, other))
	}
	verbs["owner of a new file"] = func(a attempt) string {
		f, err := os.Create(a.On)
		if err != nil {
			return result(err)
		}
		defer os.Remove(a.On)
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return result(err)
		}
		owner := info.Sys().(*syscall.Stat_t)
		return fmt.Sprintf("%d:%d", owner.Uid, owner.Gid)
	}
	verbs["mounts"] = func(a attempt) string { return mounts() }
}

func closed(f *os.File, err error) error {
	if err == nil {
		f.Close()
	}
	return err
}

func madeAndRemoved(path string, err error) error {
	if err == nil {
		os.Remove(path)
	}
	return err
}

func renameAndBack(path string) error {
	if err := os.Rename(path, path+".moved"); err != nil {
		return err
	}
	return os.Rename(path+".moved", path)
}

// reopen opens for reading, and the descriptor once more for writing: permissions are asked again, and so must be the mount.
func reopen(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return closed(os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDWR, 0))
}

// mounts lists what the runtime did not bring itself: place, and whether it is read-only.
func mounts() string {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return result(err)
	}
	var found []string
	for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
		fields := strings.Fields(line)
		place, mode := fields[4], "rw"
		if place == "/" || under(place, "/proc", "/sys", "/dev") || under(place, "/etc/hosts", "/etc/hostname", "/etc/resolv.conf") {
			continue
		}
		if strings.HasPrefix(fields[5], "ro") {
			mode = "ro"
		}
		found = append(found, place+"="+mode)
	}
	sort.Strings(found)
	return strings.Join(found, " ")
}

func under(path string, parents ...string) bool {
	for _, parent := range parents {
		if path == parent || strings.HasPrefix(path, parent+"/") {
			return true
		}
	}
	return false
}

// swap exchanges a directory and a link of the same parent without end: at any moment the name is one or the other.
// Rests are of every length around the time that a mount takes, whatever that is here: some mounts fit into one, on either; others meet an exchange half way.
func swap(directory, target string) {
	link := filepath.Join(filepath.Dir(directory), ".swapped")
	if err := os.Symlink(target, link); err != nil && !os.IsExist(err) {
		die(err)
	}
	fmt.Println("swapping")
	for {
		for rest := time.Millisecond; rest <= 256*time.Millisecond; rest *= 4 { // an odd number of them: the next time each is on the other one
			exchange(directory, link)
			time.Sleep(rest)
		}
	}
}

func exchange(one, other string) {
	oneName, _ := syscall.BytePtrFromString(one)
	otherName, _ := syscall.BytePtrFromString(other)
	const renameat2, flagExchange = 316, 2
	here := -100 // AT_FDCWD
	_, _, number := syscall.Syscall6(renameat2, uintptr(here), uintptr(unsafe.Pointer(oneName)), uintptr(here), uintptr(unsafe.Pointer(otherName)), flagExchange, 0)
	if number != 0 {
		die(number)
	}
}
