# renode-virtio-net, MIT licence: see LICENSE.
"""A guest in QEMU, beside the Renode that runs the test: the same kernel and programs as in Renode, in real time."""

import os
import re
import shutil
import subprocess
import threading
import time


class QemuGuest:
    ROBOT_LIBRARY_SCOPE = "TEST"

    def __init__(self):
        self._guests = []

    def skip_unless_qemu_is_here(self):
        """Skips the test, and says why, on a machine without QEMU."""
        if shutil.which(QEMU) is None:
            from robot.api import SkipExecution
            raise SkipExecution("%s is missing: on Debian, apt-get install qemu-system-arm" % QEMU)

    def start_qemu_guest(self, images, socket, mac, device_options=""):
        """Boots the guest with a card behind the vhost-user port that listens at the socket; waits until it is ready."""
        # Guest memory that another process can map.
        return self._start(images, "vhost-user,id=net,chardev=port", mac, device_options, [
            "-object", "memory-backend-memfd,id=ram,size=256M,share=on", "-machine", "memory-backend=ram",
            "-chardev", "socket,id=port,path=%s,reconnect=1" % socket])

    def start_qemu_guest_at(self, images, netdev, mac):
        """Boots the guest with a card at a netdev, such as "stream,server=on,addr.type=unix,addr.path=/tmp/x"; waits until it is ready."""
        return self._start(images, netdev + ",id=net", mac, "", [])

    def _start(self, images, netdev, mac, device_options, more):
        guest = Guest([
            QEMU, "-nodefaults", "-display", "none", "-serial", "stdio",
            # No ITS: QEMU 7.2 dies when a vhost-user card behind one gets its first vectors.
            "-machine", "virt,gic-version=3,its=off", "-cpu", "cortex-a53", "-m", "256M",
            "-kernel", os.path.join(images, "Image"), "-initrd", os.path.join(images, "initramfs.cpio.gz"),
            "-append", "console=ttyAMA0 quiet",
            *more,
            "-netdev", netdev,
            "-device", ",".join(filter(None, ["virtio-net-pci,netdev=net,romfile=,mac=%s" % mac, device_options]))])
        self._guests.append(guest)
        guest.wait_for(r"guest ready[\s\S]*guest# ")
        return guest

    def run_in_qemu_guest(self, guest, command, timeout=120):
        """Runs a command on the guest's console; it must succeed. Returns what it prints."""
        # The marker is broken in two, so that the console's echo of the command does not match it.
        guest.type(command + "\necho EX''IT:$?\n")
        output, status = guest.wait_for(r"([\s\S]*)EXIT:(\d+)", timeout)
        if status != "0":
            raise AssertionError("'%s' failed in the QEMU guest:\n%s" % (command, output))
        return output

    def stop_qemu_guests(self):
        """Ends every guest that the test has started."""
        for guest in self._guests:
            guest.kill()
        self._guests = []


class Guest:
    """The process and what its console has printed since it was last waited for."""

    def __init__(self, command):
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._text = ""
        self._has_ended = False
        self._more = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def type(self, text):
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def wait_for(self, pattern, timeout=180):
        """Waits until the pattern is printed; returns its groups. What was printed up to its end is gone then."""
        deadline = time.monotonic() + float(timeout)
        with self._more:
            while True:
                match = re.search(pattern, self._text)
                if match:
                    self._text = self._text[match.end():]
                    return match.groups()
                if self._has_ended or not self._more.wait(deadline - time.monotonic()):
                    raise AssertionError("'%s' did not come from the QEMU guest, which printed:\n%s" % (pattern, self._text[-3000:]))

    def kill(self):
        self._process.kill()
        self._process.wait()

    def _listen(self):
        # Not by lines: a prompt has no end of line.
        while True:
            data = os.read(self._process.stdout.fileno(), 4096)
            with self._more:
                self._text += data.decode(errors="replace")
                self._has_ended = not data
                self._more.notify_all()
            if not data:
                return


QEMU = "qemu-system-aarch64"
