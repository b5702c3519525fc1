//go:build sctpvm

package sctp_test

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestVM runs the tests with the tag sctpguest, in this folder, in a machine
// whose kernel has SCTP. `.ci/run sctp` brings what it needs: qemu, cpio, and a
// kernel package of Debian, unpacked where PAPERWEIGHT_VM_KERNEL says.
func TestVM(t *testing.T) {
	kernel := os.Getenv("PAPERWEIGHT_VM_KERNEL")
	if kernel == "" {
		t.Fatal("PAPERWEIGHT_VM_KERNEL is not set: `.ci/run sctp` unpacks a kernel and runs this")
	}
	images, err := filepath.Glob(filepath.Join(kernel, "boot", "vmlinuz-*"))
	if err != nil || len(images) != 1 {
		t.Fatalf("%s/boot holds %d kernels, want 1 (%v)", kernel, len(images), err)
	}
	root := t.TempDir()
	for _, dir := range []string{"modules", "proc", "sys", "dev", "tmp", "bin"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	pickModules(t, kernel, root, "sctp", "tun", "veth", "sch_netem")
	build(t, "build", "-o", filepath.Join(root, "init"), "./vm")
	build(t, "build", "-o", filepath.Join(root, "bin", "paperweight"), "paperweight/gateway")
	build(t, "build", "-o", filepath.Join(root, "bin", "conformance"), "paperweight/conformance")
	build(t, "test", "-c", "-tags", "sctpguest", "-o", filepath.Join(root, "bin", "guest"), ".")
	run := os.Getenv("PAPERWEIGHT_VM_RUN") // as -run
	if run == "" {
		run = "."
	}
	boot(t, images[0], pack(t, root), "/bin/guest", "-test.v", "-test.timeout=480s", "-test.run="+run)
}

// build runs go for a static program.
func build(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command("go", args...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// pickModules puts kernel modules, and those they depend on before them, into
// root/modules, numbered. The package has no modules.dep, which depmod would
// make at its installation; the modules say it themselves.
func pickModules(t *testing.T, kernel, root string, names ...string) {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(filepath.Join(kernel, "lib", "modules"), func(path string, d fs.DirEntry, err error) error {
		if name, _, ok := strings.Cut(filepath.Base(path), ".ko"); ok {
			files[strings.ReplaceAll(name, "-", "_")] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	picked := make(map[string]bool)
	var pick func(name string)
	pick = func(name string) {
		if picked[name] {
			return
		}
		picked[name] = true
		if files[name] == "" {
			t.Fatalf("%s has no module %s", kernel, name)
		}
		module := unpacked(t, files[name])
		for _, d := range dependencies(t, module) {
			pick(d)
		}
		entries, err := os.ReadDir(filepath.Join(root, "modules"))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(root, "modules", fmt.Sprintf("%02d-%s.ko", len(entries), name))
		if err := os.WriteFile(to, module, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		pick(name)
	}
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	if strings.HasSuffix(path, ".xz") {
		b, err := exec.Command("xz", "-dc", path).Output()
		if err != nil {
			t.Fatalf("xz -dc %s: %v", path, err)
		}
		return b
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dependencies reads "depends=a,b" of a module.
func dependencies(t *testing.T, module []byte) []string {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Section(".modinfo").Data()
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(field, "depends="); ok && list != "" {
			return strings.Split(strings.ReplaceAll(list, "-", "_"), ",")
		}
	}
	return nil
}

// pack makes an initramfs of root.
func pack(t *testing.T, root string) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "initramfs")
	c := exec.Command("sh", "-c", `find . | cpio -o -H newc --quiet > "$0"`, image)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("cpio: %v\n%s", err, out)
	}
	return image
}

// boot runs a program in the machine. Its output is shown as it comes, and its
// exit status is the test's.
func boot(t *testing.T, kernel, initramfs string, program ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute) // before go test's own end
	defer cancel()
	c := exec.CommandContext(ctx, "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "1536",
		"-nographic", "-no-reboot", "-nic", "none", "-kernel", kernel, "-initrd", initramfs,
		"-append", "console=ttyS0 quiet panic=-1 -- "+strings.Join(program, " "))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	// Whatever ends the test, no machine is left behind. The thread must not
	// end before: that, too, is a parent's death.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	status := errors.New("the machine ended without a word")
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := strings.TrimRight(lines.Text(), "\r")
		fmt.Println(line)
		var code int
		if n, _ := fmt.Sscanf(line, "vm: exit status %d", &code); n == 1 {
			status = nil
			if code != 0 {
				status = fmt.Errorf("exit status %d", code)
			}
		}
	}
	if err := errors.Join(status, c.Wait()); err != nil {
		t.Error("in the machine: ", err)
	}
}
