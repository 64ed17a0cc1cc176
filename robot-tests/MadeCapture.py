# renode-virtio-net, MIT licence: see LICENSE.
"""Makes captures for network-keywords.robot, with what a test says of each packet, so that no emulation has to run."""

import ipaddress
import struct


class MadeCapture:
    ROBOT_LIBRARY_SCOPE = "TEST"

    def __init__(self):
        self._blocks = []
        self._ports = []
        self._order = "<"

    def begin_capture(self, *ports, order="<"):
        """Forgets everything, and begins a section with these ports; ">" makes a big-endian one."""
        self._blocks, self._ports, self._order = [], [], order
        self.begin_section(*ports)

    def begin_section(self, *ports):
        """Begins another section, as a capture does that goes on after a snapshot was loaded."""
        self._ports = list(ports)
        self._block(0x0A0D0D0A, struct.pack(self._order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
        for port in ports:
            options = self._option(2, port.encode()) + self._option(9, b"\x09") + self._option(0, b"")
            self._block(1, struct.pack(self._order + "HHI", 1, 0, 262144) + options)

    def add_packet(self, port, direction, nanoseconds, data, *comments):
        """Adds a packet, whose bytes are in hexadecimal."""
        data, time = bytes.fromhex(data), int(nanoseconds)
        options = self._option(2, struct.pack(self._order + "I", {"in": 1, "out": 2}[direction]))
        options += b"".join(self._option(1, x.encode()) for x in comments) + self._option(0, b"")
        self._block(6, struct.pack(self._order + "IIIII", self._ports.index(port), time >> 32, time & 0xFFFFFFFF, len(data), len(data))
                    + padded(data) + options)

    def add_block_of_another_kind(self):
        """Interface statistics, which nobody asks for."""
        self._block(5, bytes(12))

    def write_capture(self, path):
        """Writes what there is."""
        with open(path, "wb") as file:
            file.write(b"".join(self._blocks))

    def ethernet(self, ethertype, content, source="02:00:00:00:00:01", destination="02:00:00:00:00:02"):
        """A frame, in hexadecimal."""
        return (destination + source).replace(":", "") + ethertype + content

    def ipv4(self, protocol, content, source="192.168.100.1", destination="192.168.100.2", fragment=0):
        """A packet without options, in hexadecimal."""
        size = 20 + len(content) // 2
        header = struct.pack(">BBHHHBBH", 0x45, 0, size, 1, int(fragment), 64, int(protocol), 0)
        return (header + ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed).hex() + content

    def ipv6(self, protocol, content, source="fe80::1", destination="fe80::2"):
        """A packet, in hexadecimal; content begins with what the protocol's number says."""
        header = struct.pack(">IHBB", 0x60000000, len(content) // 2, int(protocol), 64)
        return (header + ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed).hex() + content

    def _option(self, code, value):
        return struct.pack(self._order + "HH", code, len(value)) + padded(value)

    def _block(self, kind, body):
        size = len(body) + 12
        self._blocks.append(struct.pack(self._order + "II", kind, size) + body + struct.pack(self._order + "I", size))


def padded(data):
    return data + bytes(-len(data) % 4)
