# renode-virtio-net, MIT licence: see LICENSE.
"""What a guest finds on the host, or is found by from there: beside the Renode that runs the test, in real time."""

import functools
import http.server
import shutil
import socket
import threading


class HostServices:
    ROBOT_LIBRARY_SCOPE = "TEST"

    def __init__(self):
        self._servers = []

    def skip_unless_passt_is_here(self):
        """Skips the test, and says why, on a machine without passt."""
        if shutil.which("passt") is None:
            from robot.api import SkipExecution
            raise SkipExecution("passt is missing: on Debian, apt-get install passt")

    def serve_folder(self, folder):
        """Serves files over HTTP at localhost; returns the port."""
        handler = functools.partial(Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        return server.server_address[1]

    def free_port(self):
        """A TCP port that nobody has."""
        with socket.socket() as probe:
            probe.bind(("", 0))
            return probe.getsockname()[1]

    def send_file_to_port(self, path, port, timeout=120):
        """Connects to a port of localhost, sends a file, and waits until the other side has closed the connection, too."""
        with socket.create_connection(("127.0.0.1", int(port)), timeout=timeout) as connection:
            with open(path, "rb") as file:
                connection.sendall(file.read())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    def stop_host_services(self):
        """Ends what the test has started."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
