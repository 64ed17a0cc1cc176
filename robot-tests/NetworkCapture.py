# renode-virtio-net, MIT licence: see LICENSE.
"""Reads a capture of a network: a pcapng file as "net CaptureTo" writes it (docs/captures.md).

IETF draft-ietf-opsawg-pcapng: 4.1 to 4.3 for the three blocks that are read here; all others are skipped. Needs nothing
but Python's standard library.
"""

import ipaddress
import re
import struct

ETHERTYPES = {"IPv4": 0x0800, "ARP": 0x0806, "IPv6": 0x86DD}
PROTOCOLS = {"ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "ICMPv6": 58}
VLAN_TAGS = (0x8100, 0x88A8)
# Hop-by-hop, routing, fragment and destination options: RFC 8200, 4.1.
IPV6_EXTENSIONS = (0, 43, 44, 60)
IPV6_FRAGMENT = 44
NANOSECONDS = 10 ** 9


class Frame:
    """A packet of a capture, with what its headers say; what it has no header for is None."""

    def __init__(self, number, time, port, direction, data, length, comments):
        self.number, self.time, self.port, self.direction = number, time, port, direction
        self.data, self.length, self.comments = data, length, comments
        reason = re.search(r"^dropped: (\w+)", "\n".join(comments), re.MULTILINE)
        self.dropped = reason.group(1) if reason else None
        self.vlan = self.ethertype = self.protocol = self.source = self.destination = None
        self.source_port = self.destination_port = self.icmp_type = None
        self.destination_mac, self.source_mac = (data[i:i + 6].hex(":") for i in (0, 6))
        self.payload = b""
        try:
            self._read_headers()
        except (struct.error, IndexError, ValueError):
            pass  # It ends within a header.

    def _read_headers(self):
        at = 14
        self.ethertype = self._short(12)
        while self.ethertype in VLAN_TAGS:
            self.vlan = self._short(at) & 0xFFF if self.vlan is None else self.vlan
            self.ethertype = self._short(at + 2)
            at += 4
        self.payload = self.data[at:]
        if self.ethertype == ETHERTYPES["IPv4"]:
            self._read_ipv4(at)
        elif self.ethertype == ETHERTYPES["IPv6"]:
            self._read_ipv6(at)
        elif self.ethertype == ETHERTYPES["ARP"]:
            self._read_addresses(at + 14, at + 24, 4)

    def _read_ipv4(self, at):
        self._read_addresses(at + 12, at + 16, 4)
        self.protocol = self.data[at + 9]
        # What is after the packet's end is padding of the frame. A large packet may have no length of its own.
        end = at + self._short(at + 2) if self._short(at + 2) else len(self.data)
        is_first = self._short(at + 6) & 0x1FFF == 0
        self._read_transport(at + 4 * (self.data[at] & 15), end, is_first)

    def _read_ipv6(self, at):
        self._read_addresses(at + 8, at + 24, 16)
        end = at + 40 + self._short(at + 4) if self._short(at + 4) else len(self.data)
        protocol, at, is_first = self.data[at + 6], at + 40, True
        while protocol in IPV6_EXTENSIONS:
            is_first = is_first and not (protocol == IPV6_FRAGMENT and self._short(at + 2) & 0xFFF8)
            size = 8 if protocol == IPV6_FRAGMENT else 8 * (self.data[at + 1] + 1)
            protocol, at = self.data[at], at + size
        self.protocol = protocol
        self._read_transport(at, end, is_first)

    def _read_transport(self, at, end, is_first):
        self.payload = self.data[at:end]
        if not is_first:
            return
        if self.protocol in (PROTOCOLS["TCP"], PROTOCOLS["UDP"]):
            self.source_port, self.destination_port = struct.unpack_from(">HH", self.data, at)
            size = 8 if self.protocol == PROTOCOLS["UDP"] else 4 * (self.data[at + 12] >> 4)
            self.payload = self.data[at + size:end]
        elif self.protocol in (PROTOCOLS["ICMP"], PROTOCOLS["ICMPv6"]):
            self.icmp_type = self.data[at]
            self.payload = self.data[at + 8:end]

    def _read_addresses(self, source, destination, size):
        self.source, self.destination = (ipaddress.ip_address(self.data[i:i + size]) for i in (source, destination))

    def _short(self, at):
        return struct.unpack_from(">H", self.data, at)[0]

    def __str__(self):
        words = [seconds(self.time), self.port, self.direction, "%s > %s" % (self.source_mac, self.destination_mac)]
        words += [] if self.vlan is None else ["VLAN %d" % self.vlan]
        words += [name_of(ETHERTYPES, self.ethertype, "0x%04x")]
        if self.source is not None:
            ports = ["" if x is None else ":%d" % x for x in (self.source_port, self.destination_port)]
            words.append("%s%s > %s%s" % (self.source, ports[0], self.destination, ports[1]))
        words += [] if self.protocol is None else [name_of(PROTOCOLS, self.protocol, "protocol %d")]
        words += [] if self.icmp_type is None else ["type %d" % self.icmp_type]
        return " ".join(words + ["%d bytes" % self.length] + ["(%s)" % x for x in self.comments])


def read_capture(path):
    """The frames of a pcapng file, and the names of its ports."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 12 or content[:4] != b"\x0a\x0d\x0d\x0a":
        raise ValueError("%s is no capture in the pcapng format: it must be a file that a network's CaptureTo has written" % path)
    frames, interfaces, names, at, order = [], [], set(), 0, "<"
    while at + 12 <= len(content):
        if content[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order, interfaces = "<" if content[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">", []
        kind, size = struct.unpack_from(order + "II", content, at)
        if size < 12 or size % 4 or at + size > len(content):
            raise ValueError("%s has a block without an end at byte %d" % (path, at))
        block = content[at + 8:at + size - 4]
        if kind == 1:
            options = options_of(block[8:], order)
            name = options.get(2, [b"%d" % len(interfaces)])[0].decode()
            resolution = options.get(9, [b"\x06"])[0][0]
            interfaces.append((name, 2 ** (resolution & 127) if resolution & 128 else 10 ** resolution))
            names.add(name)
        elif kind == 6:
            number_, high, low, captured, length = struct.unpack_from(order + "IIIII", block)
            options = options_of(block[20 + (captured + 3) // 4 * 4:], order)
            name, resolution = interfaces[number_]
            flags = struct.unpack(order + "I", options.get(2, [bytes(4)])[0])[0]
            frames.append(Frame(len(frames) + 1, ((high << 32) + low) * NANOSECONDS // resolution, name, {1: "in", 2: "out"}.get(flags & 3, "?"),
                                block[20:20 + captured], length, [x.decode() for x in options.get(1, [])]))
        at += size
    return frames, names


def options_of(data, order):
    """The options of a block: their values in a list, by code."""
    found, at = {}, 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            break
        found.setdefault(code, []).append(data[at + 4:at + 4 + size])
        at += 4 + (size + 3) // 4 * 4
    return found


def seconds(time):
    """Nanoseconds as seconds, exactly."""
    return "%d.%09d s" % divmod(time, NANOSECONDS)


def name_of(names, value, otherwise):
    """The name of a number, or what else is to be shown of it."""
    if value is None:
        return "too short for its headers"
    return next((k for k, v in names.items() if v == value), otherwise % value)
