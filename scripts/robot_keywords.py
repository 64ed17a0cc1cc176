#!/usr/bin/env python3
# renode-virtio-net, MIT licence: see LICENSE.
"""Makes docs/robot-keywords.md of robot-tests/network.resource; with --check, only says whether it is up to date.

Needs Robot Framework, which renode-test needs, too. The page's beginning and its example are in this file.
"""

import os
import re
import sys

from robot.libdocpkg import LibraryDocumentation

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESOURCE = os.path.join(ROOT, "robot-tests", "network.resource")
PAGE = os.path.join(ROOT, "docs", "robot-keywords.md")

BEGINNING = """# Robot keywords for networks

`robot-tests/network.resource` says in a test's words what a [network of our own](networks.md#a-network-of-our-own) is to do, and what
is expected of it. This page is made of it by `scripts/robot_keywords.py`; a test holds that it is up to date.

```robotframework
*** Settings ***
Resource    path/to/renode-virtio-net/robot-tests/network.resource

*** Test Cases ***
Should Answer After The Partition
    Make Network
    Execute Command    include @two-boards.resc          # your machines, node1 and node2
    Connect To Network    sysbus.pcie.net0    machine=node1
    Connect To Network    sysbus.pcie.net0    machine=node2
    Set Link    node2    delay 10ms loss packets 1
    Do At Virtual Time    2    Partition node1 node2
    Do At Virtual Time    3    Heal
    Capture Network    ${OUTPUT DIR}/traffic.pcapng
    Let Virtual Time Pass    5
    Expect No Frames    ${OUTPUT DIR}/traffic.pcapng    port=node2    after=2.01    before=3
    Expect Frames    ${OUTPUT DIR}/traffic.pcapng    port=node2    protocol=udp    destination_port=7    after=3
    Drops Should Be    1    port=node2    reason=Loss
```

To copy it into a suite of your own, take `network.resource`, `NetworkFrames.py` and `NetworkCapture.py` of that folder, and set
`${VIRTIO NET PLUGIN}` to the path of `scripts/load-plugin.resc`, or to nothing if the suite loads the plugin itself.

| of all keywords | |
|---|---|
| ports | are named as in the monitor: `node1:sysbus.pcie.net0`, or `node1` or `net0` where only one port has it |
| times | are virtual: seconds, or Robot's words: `1.5`, `20 ms`, `2 min` |
| a network | is `net` unless a keyword is told `network=lan`, or a suite sets `${NETWORK NAME}` |
| the emulation | may run or be paused, and is left so. Who waits never sleeps: virtual time passes, in steps |
| speed | virtual time waits for the host's clock unless `emulation SetGlobalAdvanceImmediately true` was given |

"""


def page():
    """The page's text."""
    keywords = [x for x in LibraryDocumentation(RESOURCE).keywords if "robot:private" not in x.tags]
    # In the order of the file, not of the alphabet.
    keywords.sort(key=lambda x: x.lineno)
    lines = ["| keyword | arguments | meaning |", "|---|---|---|"]
    lines += ["| [%s](#%s) | %s | %s |" % (x.name, x.name.lower().replace(" ", "-"), arguments(x), first_sentence(x)) for x in keywords]
    for keyword in keywords:
        lines += ["", "## " + keyword.name, ""] + body(keyword.doc)
    return BEGINNING + "\n".join(lines) + "\n"


def arguments(keyword):
    """Those that a caller gives; * and ** stand for any number."""
    spec, words = keyword.args, []
    defaults = {k: "" if v in ("${EMPTY}", "${None}") else v for k, v in spec.defaults.items()}
    words += [x + ("=" + defaults[x] if x in defaults else "") for x in spec.positional_or_named]
    words += ["*" + spec.var_positional] if spec.var_positional else []
    words += [x + "=" + defaults.get(x, "") for x in spec.named_only]
    words += ["**" + spec.var_named] if spec.var_named else []
    return " ".join("`%s`" % x.replace("${NETWORK NAME}", "net") for x in words)


def first_sentence(keyword):
    """What a table has room for."""
    text = re.split(r"(?<=[.:])\s", plain(keyword.doc.split("\n\n")[0]))[0].rstrip(":.")
    return text.replace("|", "\\|")


def plain(text):
    return " ".join(text.replace("``", "`").split())


def body(doc):
    """A keyword's documentation, with examples as code and tables as tables."""
    lines, is_code = [], False
    for line in doc.splitlines():
        cells = re.match(r"\| (.*) \|$", line)
        is_example = line.startswith("| ") and not cells
        if is_example != is_code:
            lines.append("```robotframework" if is_example else "```")
            is_code = is_example
        if is_example:
            lines.append(line[2:])
        elif cells:
            heading = re.fullmatch(r"= (.*) =", cells.group(1))
            lines.append(("| %s |" % re.sub(r" = \| = ", " | ", heading.group(1)) if heading else line).replace("``", "`"))
            lines += ["|---|---|"] if heading else []
        else:
            lines.append(plain(line))
    return lines + (["```"] if is_code else [])


def main():
    text = page()
    if "--check" not in sys.argv[1:]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(PAGE, encoding="utf-8") as file:
        is_equal = file.read() == text
    if not is_equal:
        print("docs/robot-keywords.md is not what robot-tests/network.resource says: run scripts/robot_keywords.py")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
