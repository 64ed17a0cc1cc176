# renode-virtio-net, MIT licence: see LICENSE.
"""What network.resource cannot say in Robot's words: frames that match, and what differs between two captures."""

import ipaddress
import re
from itertools import zip_longest

from robot.utils import timestr_to_secs

from NetworkCapture import ETHERTYPES, NANOSECONDS, PROTOCOLS, read_capture, seconds

COUNTERS = ("Packets", "Frames", "Bytes", "Dropped", "Duplicated", "Corrupted", "Reordered")
# Frames that a failure shows.
SHOWN = 10
# Jitters that a delay can differ from its middle: docs/links.md, "The models".
WIDTH = 4
# Those of the counters, docs/captures.md.
REASONS = ("Down", "TooLong", "Loss", "QueueFull", "OverBurst", "Vlan", "Storm", "Partition", "NoPort", "Malformed", "Refused")


class NetworkFrames:
    ROBOT_LIBRARY_SCOPE = "GLOBAL"

    def read_frames(self, path, **what):
        """The frames of a capture that have all of this; see Expect Frames of network.resource."""
        frames, ports = read_capture(path)
        return Filter(what, ports).choose(frames)

    def has_frames(self, path, at_least=None, **what):
        """True if a capture has so many frames that match, or one."""
        return len(self.read_frames(path, **what)) >= number("at least", 1 if at_least is None else at_least)

    def check_frames(self, path, at_least=None, at_most=None, exactly=None, **what):
        """Fails unless so many frames of a capture match. Returns them."""
        frames, ports = read_capture(path)
        found = Filter(what, ports).choose(frames)
        limits = {"exactly": exactly, "at least": at_least, "at most": at_most}
        limits = {k: number(k, v) for k, v in limits.items() if v is not None} or {"at least": 1}
        fits = {"exactly": len(found).__eq__, "at least": len(found).__ge__, "at most": len(found).__le__}
        if not all(fits[k](v) for k, v in limits.items()):
            asked = " ".join("%s=%s" % x for x in what.items()) or "whatever they are"
            raise AssertionError("%s has %d frames (%s), but must have %s.\n%s" % (
                path, len(found), asked, " and ".join("%s %d" % x for x in limits.items()),
                listing("These match", found) if found else listing("It has", frames)))
        return found

    def captures_must_be_equal(self, one, other):
        """Fails unless two files are equal byte for byte."""
        with open(one, "rb") as file, open(other, "rb") as second:
            contents = file.read(), second.read()
        if contents[0] == contents[1]:
            return
        for a, b in zip_longest(read_capture(one)[0], read_capture(other)[0]):
            if a is None or b is None or (str(a), a.data) != (str(b), b.data):
                raise AssertionError(difference(one, other, a, b))
        at = next((i for i, (a, b) in enumerate(zip(*contents)) if a != b), min(map(len, contents)))
        raise AssertionError("%s and %s have the same packets, but differ from byte %d on: in the descriptions of ports, or "
                             "in options of packets" % (one, other, at))

    def captures_must_have_same_packets(self, one, other, tolerance, **what):
        """Fails unless each port has the same packets in each direction, in the same order, at the same times within the tolerance."""
        most = nanoseconds("tolerance", tolerance)
        sides = [by_place(self.read_frames(x, **what)) for x in (one, other)]
        found = []
        for place in sorted(set(sides[0]) | set(sides[1])):
            pairs = zip_longest(*(x.get(place, []) for x in sides))
            found += [x for x in pairs if not same(*x, most)][:1]
        if found:
            raise AssertionError(difference(one, other, *min(found, key=lambda x: (x[0] or x[1]).time)))

    def rows_of_table(self, text):
        """A table of Renode's monitor as a list of dictionaries, by heading."""
        lines = [[x.strip() for x in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
        return [dict(zip(lines[0], x)) for x in lines[1:]]

    def sum_of_rows(self, rows, column, ports, port=None, **what):
        """The sum of a column of a table, over the rows that have these values; ports is the table of all ports."""
        if port is not None:
            what["Port"] = ports_named(port, {x["Port"] for x in ports})[0]
        allow("counter", column, column in COUNTERS, "one of " + ", ".join(COUNTERS))
        allow("direction", what.get("Direction"), what.get("Direction") in (None, "in", "out"), "in (from the device) or out (to the device)")
        allow("reason", what.get("Reason"), what.get("Reason") in (None,) + REASONS, "one of " + ", ".join(REASONS))
        return sum(int(x[column]) for x in rows if all(x[k] == v for k, v in what.items() if v is not None))

    def longest_delay(self, rows):
        """The most seconds that a link of a table of ports delays a packet: in and out, with all its jitter."""
        longest = 0
        for words in (row[x] for row in rows for x in ("Link in", "Link out")):
            times = re.search(r"\bdelay (\S+)(?: ([\d.]+[a-z]+))?", words)
            if times:
                longest = max(longest, link_time(times.group(1)) + WIDTH * link_time(times.group(2) or "0"))
        return 2 * longest

    def virtual_seconds(self, text):
        """The time that "emulation GetTimeSourceInfo" tells."""
        days, hours, minutes, rest = re.search(r"Elapsed Virtual Time: (?:(\d+)\.)?(\d+):(\d+):([\d.]+)", text).groups()
        return 86400 * int(days or 0) + 3600 * int(hours) + 60 * int(minutes) + float(rest)


class Filter:
    """What frames have to have, in a user's words."""

    def __init__(self, what, ports):
        self.checks = []
        for name, value in what.items():
            make = getattr(self, "by_" + name, None)
            if make is None:
                known = sorted(x[3:] for x in dir(self) if x.startswith("by_"))
                raise ValueError('"%s" is nothing that a frame can have; choose of %s' % (name, ", ".join(known)))
            self.checks.append(make(str(value), ports) if name == "port" else make(str(value)))
        if "dropped" not in what:
            self.checks.append(self.by_dropped("no"))
        # Once for each delivery, unless it is told otherwise: what passes is also there where it came in.
        if "direction" not in what and what.get("dropped", "no") == "no":
            self.checks.append(self.by_direction("out"))

    def choose(self, frames):
        return [x for x in frames if all(check(x) for check in self.checks)]

    def by_port(self, value, ports):
        named = ports_named(value, ports)
        return lambda x: x.port in named

    def by_direction(self, value):
        allow("direction", value, value in ("in", "out", "both"), "in (from the device), out (to the device) or both")
        return lambda x: value in (x.direction, "both")

    def by_dropped(self, value):
        allow("dropped", value, value in ("no", "yes", "either") + REASONS, "no, yes, either, or one of " + ", ".join(REASONS))
        return lambda x: value == "either" or {"no": x.dropped is None, "yes": x.dropped is not None}.get(value, x.dropped == value)

    def by_vlan(self, value):
        wanted = None if value == "none" else number("vlan", value)
        return lambda x: x.vlan == wanted

    def by_ethertype(self, value):
        wanted = number("ethertype", value, ETHERTYPES)
        return lambda x: x.ethertype == wanted

    def by_protocol(self, value):
        wanted = number("protocol", value, PROTOCOLS)
        return lambda x: x.protocol == wanted

    def by_source_mac(self, value):
        return lambda x, wanted=mac("source_mac", value): x.source_mac == wanted

    def by_destination_mac(self, value):
        return lambda x, wanted=mac("destination_mac", value): x.destination_mac == wanted

    def by_source(self, value):
        return lambda x, wanted=address("source", value): x.source == wanted

    def by_destination(self, value):
        return lambda x, wanted=address("destination", value): x.destination == wanted

    def by_source_port(self, value):
        return lambda x, wanted=number("source_port", value): x.source_port == wanted

    def by_destination_port(self, value):
        return lambda x, wanted=number("destination_port", value): x.destination_port == wanted

    def by_icmp_type(self, value):
        return lambda x, wanted=number("icmp_type", value): x.icmp_type == wanted

    def by_length(self, value):
        bounds = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", value)
        allow("length", value, bounds, "bytes, such as 98, or a range, such as 60..1514")
        least, most = int(bounds.group(1)), int(bounds.group(2) or bounds.group(1))
        return lambda x: least <= x.length <= most

    def by_payload(self, value):
        digits = re.sub(r"[\s:]", "", value)
        allow("payload", value, re.fullmatch(r"([0-9A-Fa-f]{2})+", digits), 'bytes in hexadecimal, such as "48 65 6c 6c 6f"')
        return lambda x, wanted=bytes.fromhex(digits): wanted in x.payload

    def by_comment(self, value):
        return lambda x: any(value in y for y in x.comments)

    def by_after(self, value):
        return lambda x, wanted=nanoseconds("after", value): x.time >= wanted

    def by_before(self, value):
        return lambda x, wanted=nanoseconds("before", value): x.time < wanted


def ports_named(name, ports):
    """As the monitor's commands take it: the name, its end after a colon or dot, or its machine."""
    found = [x for x in ports if x == name] or [x for x in ports if re.search(r"[:.]%s$" % re.escape(name), x) or x.startswith(name + ":")]
    allow("port", name, len(found) == 1, "one of %s" % (", ".join(sorted(set(ports))) or "the ports, of which there are none"))
    return found


def by_place(frames):
    places = {}
    for frame in frames:
        places.setdefault((frame.port, frame.direction, frame.dropped or ""), []).append(frame)
    return places


def same(a, b, tolerance):
    return None not in (a, b) and (a.data, a.length) == (b.data, b.length) and abs(a.time - b.time) <= tolerance


def difference(one, other, a, b):
    lines = ["%s and %s differ:" % (one, other)]
    lines += ["%s: %s" % (name, "no such packet" if x is None else "packet %d: %s" % (x.number, x)) for name, x in (("first", a), ("second", b))]
    if a is not None and b is not None and a.data != b.data:
        at = next((i for i, (x, y) in enumerate(zip(a.data, b.data)) if x != y), min(len(a.data), len(b.data)))
        lines += ["from byte %d on: %s" % (at, " and ".join(x.data[at:at + 16].hex(" ") or "nothing" for x in (a, b)))]
    elif a is not None and b is not None and a.time != b.time:
        lines += ["%s between them" % seconds(abs(a.time - b.time))]
    return "\n".join(lines)


def listing(title, frames):
    rest = ["and %d more" % (len(frames) - SHOWN)] if len(frames) > SHOWN else []
    return "\n".join(["%s:" % title] + [str(x) for x in frames[:SHOWN]] + rest) if frames else "It has none at all."


def allow(what, value, is_allowed, sentence):
    if not is_allowed:
        raise ValueError('%s is "%s"; it must be %s' % (what, value, sentence))


def number(what, value, names=None):
    text, known = str(value).lower(), {k.lower(): v for k, v in (names or {}).items()}
    is_number = re.fullmatch(r"\d+|0x[0-9a-f]+", text)
    allow(what, value, text in known or is_number, "a number" + (" or one of " + ", ".join(known) if known else ""))
    return known[text] if text in known else int(text, 0 if text.startswith("0x") else 10)


def mac(what, value):
    allow(what, value, re.fullmatch("([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}", value), "a MAC address such as 02:00:00:00:00:01")
    return value.lower().replace("-", ":")


def address(what, value):
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        allow(what, value, False, "an IPv4 or IPv6 address such as 192.168.100.1 or fe80::1")


def nanoseconds(what, value):
    try:
        return round(timestr_to_secs(value, round_to=None) * NANOSECONDS)
    except ValueError:
        allow(what, value, False, "a time such as 1.5, 20 ms or 2 s")


def link_time(text):
    digits, unit = re.fullmatch(r"([\d.]+)([a-z]*)", text).groups()
    return float(digits) * {"": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
