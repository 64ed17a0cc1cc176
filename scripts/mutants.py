#!/usr/bin/env python3
# renode-virtio-net, MIT licence: see LICENSE.
"""Breaks rules on purpose, one small source change after the other, and runs the tests that are named for them.

A rule counts as held only if breaking it makes its own tests fail. Each change is made in a scratch copy of the tree
below build/mutants, built, and the tests that carry the rule's id run. Ends with 1 if a change was not noticed, with 2
if a list is wrong, a change does not compile, or a test fails without any change. Changes in Renode/ are tested by
tests/Renode, which need a Renode (scripts/find-renode.sh says which); all others by tests/Tests.csproj.

A list is a text file; "#" begins a comment. An entry is

    [H-31 PackedRingTests] a chain may use only slots that are not in flight
    file Queues/PackedVirtqueue.cs
    - if(chain.Length > available)
    + if(false)

with the ids of the rules, or parts of the names of tests, that must notice it, in brackets; what is done wrong; the
file, below src/Peripherals/VirtioNet; the old text and the new one. The old text has to occur once in the file.
Indentation does not count; the first and the last line may be a part of theirs. More lines of "-" and "+" make more
changes of the same file; "-" alone takes lines away. "in tests/Renode" below the file says that the tests are there.
"""

import argparse
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRATCH = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(SCRATCH, "tree")
LISTS = os.path.join("tests", "mutants")
SOURCES = os.path.join("src", "Peripherals", "VirtioNet")
CORE, RENODE = "tests/Tests.csproj", "tests/Renode/Renode.Tests.csproj"
RULE_ID = re.compile(r"[A-Z][A-Z0-9]*-\d+[a-z]?")


class WrongList(Exception):
    """What is wrong with a list, for whoever writes it."""


class Mutant:
    """One entry of a list."""

    def __init__(self, place, tests, title):
        self.place, self.tests, self.title = place, tests, title
        self.file, self.project = None, None
        self.changes = []  # pairs of old and new lines

    def path(self, tree):
        return os.path.join(tree, SOURCES, self.file)

    def applied(self, text):
        """The file's text with the changes made."""
        for old, new in self.changes:
            pattern = r"[ \t]*\r?\n[ \t]*".join(re.escape(x) for x in old)
            found = len(re.findall(pattern, text))
            if found != 1:
                raise WrongList("%s: the old text occurs %s in %s, and has to occur once:\n%s" % (
                    self.place, "%d times" % found if found else "nowhere", self.file, "\n".join("    " + x for x in old)))
            text = re.sub(pattern, lambda _: "\n".join(new), text)
        return text

    def where(self):
        """The named tests, in NUnit's language for choosing tests."""
        return " or ".join("Rule == '%s'" % x if RULE_ID.fullmatch(x) else "test =~ '%s'" % re.escape(x) for x in self.tests)


def read_list(path):
    mutants, mutant = [], None
    name = os.path.relpath(path, ROOT)
    name = path if name.startswith("..") else name
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            place, line = "%s:%d" % (name, number), line.strip()
            head = re.fullmatch(r"\[([^\]]+)\]\s*(.+)", line)
            if head:
                mutant = Mutant(place, head.group(1).split(), head.group(2))
                mutants.append(mutant)
            elif not line or line[0] == "#":
                continue
            elif mutant is None:
                raise WrongList("%s: an entry begins with [ids or tests] and what is done wrong" % place)
            elif line.startswith("file "):
                mutant.file = line[5:].strip()
            elif line == "in tests/Renode":
                mutant.project = RENODE
            elif line[0] == "-":
                if not mutant.changes or mutant.changes[-1][1]:
                    mutant.changes.append(([], []))
                mutant.changes[-1][0].append(line[1:].strip())
            elif line[0] == "+" and mutant.changes:
                mutant.changes[-1][1].append(line[1:].strip())
            else:
                raise WrongList("%s: this line is neither [ids], file, -, + nor a # comment: %s" % (place, line))
    for mutant in mutants:
        if mutant.file is None or not mutant.changes:
            raise WrongList("%s: the entry has no %s" % (mutant.place, "file" if mutant.file is None else "change"))
        if mutant.project is None:
            mutant.project = RENODE if mutant.file.startswith("Renode/") else CORE
    return mutants


def check(mutant):
    """Refuses an entry whose change cannot be made in the user's tree, which is only read."""
    path = mutant.path(ROOT)
    if not os.path.isfile(path):
        raise WrongList("%s: there is no %s below %s" % (mutant.place, mutant.file, SOURCES))
    if mutant.applied(read(path)) == read(path):
        raise WrongList("%s: the new text is the old one" % mutant.place)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def update_tree():
    """Makes the scratch copy equal to the user's tree. Only what differs is written, so that little is built anew."""
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    wanted = {x for x in names.decode().split("\0") if x and os.path.isfile(os.path.join(ROOT, x))}
    for folder, folders, files in os.walk(TREE):
        if folder == TREE:
            folders[:] = [x for x in folders if x != "build"]
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, TREE) not in wanted:
                os.remove(path)
    for name in sorted(wanted):
        source, copy = os.path.join(ROOT, name), os.path.join(TREE, name)
        with open(source, "rb") as file:
            data = file.read()
        if os.path.isfile(copy):
            with open(copy, "rb") as file:
                if file.read() == data:
                    continue
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, "wb") as file:
            file.write(data)
        shutil.copymode(source, copy)


def build(project):
    """Builds a test project of the scratch copy. Returns None, or what the compiler says."""
    run = subprocess.run(
        ["dotnet", "build", project, "-c", "Release", "--nologo", "-v", "q", "-m:1", "-nodeReuse:false", "-clp:NoSummary",
         # A change may leave something unused or against the style; that is no reason not to try it.
         "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false"],
        cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode == 0:
        return None
    errors = sorted({x.strip() for x in run.stdout.splitlines() if ": error" in x})
    return "\n".join("    " + x for x in errors) or run.stdout


def assembly(project):
    name = "Renode.Tests/Release/net8.0/VirtioNet.Tests.Renode.dll" if project == RENODE else "Tests/Release/net8.0/VirtioNet.Tests.dll"
    return os.path.join("build", "bin", name)


def run_tests(project, where, timeout):
    """Runs tests. Returns how many there were, the names of those that failed, and how the run ended if not by itself."""
    results = os.path.join(SCRATCH, "results.trx")
    if os.path.exists(results):
        os.remove(results)
    process = subprocess.Popen(
        ["dotnet", "test", assembly(project), "--logger", "trx;LogFileName=" + results, "--", "NUnit.Where=" + where],
        cwd=TREE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return 0, [], "the tests did not end within %d s" % timeout
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if not os.path.exists(results):
        return 0, [], "the test process died" if code else None
    outcomes = [(x.get("testName"), x.get("outcome")) for x in xml.parse(results).iter() if x.tag.endswith("UnitTestResult")]
    failed = [name for name, outcome in outcomes if outcome == "Failed"]
    return len(outcomes), failed, "the test process died" if code and not failed else None


def try_mutant(mutant, timeout):
    """Makes the change, builds, runs the tests, and takes the change back. Returns True if it was noticed, and how."""
    path = mutant.path(TREE)
    original = read(path)
    write(path, mutant.applied(original))
    try:
        errors = build(mutant.project)
        if errors:
            raise WrongList("%s: the change does not compile:\n%s" % (mutant.place, errors))
        count, failed, end = run_tests(mutant.project, mutant.where(), timeout)
    finally:
        write(path, original)
    if end:
        return True, end
    if count == 0:
        raise WrongList("%s: no test is named for %s" % (mutant.place, " ".join(mutant.tests)))
    names = ", ".join(x.split("(")[0] for x in failed[:1]) + (" and others" if len(failed) > 1 else "")
    return bool(failed), "%d of %d tests failed: %s" % (len(failed), count, names) if failed else "all %d tests passed" % count


def choose(arguments):
    """The entries that the command line asks for."""
    lists = arguments.lists or sorted(os.path.join(ROOT, LISTS, x) for x in os.listdir(os.path.join(ROOT, LISTS)) if x.endswith(".txt"))
    mutants = []
    for name in lists:
        path = name if os.path.isfile(name) else os.path.join(ROOT, LISTS, name + ".txt")
        if not os.path.isfile(path):
            raise WrongList("there is no list '%s': give a file, or the name of one in %s without .txt" % (name, LISTS))
        mutants += read_list(path)
    wanted = [x for x in mutants if arguments.only is None or arguments.only in " ".join([x.place, x.file, x.title] + x.tests)]
    if not wanted:
        raise WrongList("no entry has '%s' in its ids, tests, file or title" % arguments.only)
    return wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", nargs="*", help="a list, or the name of one in %s such as queues; all of them unless given" % LISTS)
    parser.add_argument("--only", metavar="TEXT", help="only entries that have this text in their ids, tests, file or title")
    parser.add_argument("--check", action="store_true", help="only look whether each change can still be made")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS", help="for the tests of one change; a run that lasts longer has noticed it (default %(default)s)")
    arguments = parser.parse_args()

    mutants = choose(arguments)
    for mutant in mutants:
        check(mutant)
    if arguments.check:
        print("%d changes can be made" % len(mutants))
        return 0

    os.environ.update(DOTNET_CLI_TELEMETRY_OPTOUT="1", DOTNET_NOLOGO="1", DOTNET_ROLL_FORWARD="Major")
    # What a change makes the tests allocate must not take the machine's memory: 4 GiB.
    os.environ.setdefault("DOTNET_GCHeapHardLimit", "0x100000000")
    os.makedirs(TREE, exist_ok=True)
    with open(os.path.join(SCRATCH, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        update_tree()
        for project in sorted({x.project for x in mutants}):
            print("building %s, and running the named tests without any change" % project, flush=True)
            errors = build(project)
            if errors:
                raise WrongList("%s does not build:\n%s" % (project, errors))
            count, failed, end = run_tests(project, " or ".join(sorted({x.where() for x in mutants if x.project == project})), arguments.timeout)
            if failed or end or count == 0:
                raise WrongList("%s, without any change: %s" % (project, end or ("no such test" if count == 0 else "these fail: " + ", ".join(failed))))
        survived = wrong = 0
        for number, mutant in enumerate(mutants, 1):
            start = time.monotonic()
            try:
                noticed, how = try_mutant(mutant, arguments.timeout)
            except WrongList as error:
                wrong += 1
                print("%2d/%d WRONG    %s" % (number, len(mutants), error), flush=True)
                continue
            survived += not noticed
            print("%2d/%d %-8s [%s] %s\n      %s: %s (%.0f s)" % (
                number, len(mutants), "noticed" if noticed else "SURVIVED", " ".join(mutant.tests), mutant.title,
                mutant.file, how, time.monotonic() - start), flush=True)
    print("%d changes: %d noticed, %d survived, %d wrong" % (len(mutants), len(mutants) - survived - wrong, survived, wrong))
    return 2 if wrong else 1 if survived else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongList as error:
        print("mutants: %s" % error, file=sys.stderr)
        sys.exit(2)
