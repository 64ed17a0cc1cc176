# renode-virtio-net, MIT licence: see LICENSE.
"""A Renode of its own, beside the one that runs the test: for what needs a new process or a network namespace."""

import os
import re
import shutil
import subprocess
import threading
import time


class RenodeProcess:
    ROBOT_LIBRARY_SCOPE = "TEST"

    def __init__(self):
        self._processes = []

    def start_renode(self, *prefix):
        """Starts Renode with its monitor on pipes; prefix is a command to run it with, such as ip netns exec."""
        root = os.environ.get("RENODE_ROOT")
        renode = os.path.join(root, "renode") if root else shutil.which("renode")
        # A standard input that stays open: at its end, Renode's console thread would spin.
        process = subprocess.Popen(
            list(prefix) + [renode, "--disable-gui", "--console", "--plain"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._processes.append(process)
        return process

    def tell_renode(self, process, *commands):
        """Types commands into the monitor."""
        for command in commands:
            process.stdin.write(command + "\n")
        process.stdin.flush()

    def run_script(self, process, script, timeout=300):
        """Runs a script and ends Renode, also if the script fails; returns all that Renode printed."""
        self.tell_renode(process, "include @%s" % script, "quit")
        return self.wait_for_process_end(process, timeout)

    def wait_for_text_in_file(self, path, pattern, timeout=120):
        """Waits until a file that somebody else writes holds the pattern; returns the match's groups."""
        deadline = time.monotonic() + float(timeout)
        text = ""
        while time.monotonic() < deadline:
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    text = file.read()
                match = re.search(pattern, text)
                if match:
                    return match.groups()
            time.sleep(0.1)
        raise AssertionError("'%s' did not appear in %s, which holds:\n%s" % (pattern, path, text[-3000:]))

    def stop_all_renodes(self):
        """Ends every Renode that the test has started."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes = []

    def wait_for_process_end(self, process, timeout=300):
        """Reads what is left of the output until the process ends; returns it."""
        timer = threading.Timer(float(timeout), process.kill)
        timer.start()
        try:
            output = process.stdout.read()
            process.wait()
        finally:
            timer.cancel()
        if process.returncode != 0:
            raise AssertionError("Renode ended with %s:\n%s" % (process.returncode, output))
        return output
