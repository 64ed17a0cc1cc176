# The monitor command load_virtio_net: makes the plugin's types known, the best way that is possible.
#
# The prebuilt DLL comes first: its name is fixed, so snapshots made with it load in a new process. Without
# it, or when a source is newer, Renode compiles the sources; snapshots then live as long as the process.

import os

import clr
from Antmicro.Renode.Logging import Logger, LogLevel
from Antmicro.Renode.Utilities import TypeManager


def mc_load_virtio_net(scripts, prefer="dll"):
    def say(text):
        Logger.Log(LogLevel.Info, text)

    known = TypeManager.Instance.TryGetTypeByName("Antmicro.Renode.Peripherals.Network.VirtioNetPci")
    if known is not None:
        say("virtio-net plugin: loaded already")
        return
    root = os.path.dirname(os.path.abspath(str(scripts)))
    dll = os.path.join(root, "build", "plugin", "VirtioNet.dll")
    if prefer == "dll" and os.path.exists(dll):
        if os.path.getmtime(dll) >= newest_source(root):
            TypeManager.Instance.ScanFile(dll)
            say("virtio-net plugin: " + dll)
            return
        say("virtio-net plugin: " + dll + " is older than the sources and is not used; scripts/build-plugin.sh builds it anew")
    say("virtio-net plugin: compiling the sources")
    monitor.Parse("include @" + os.path.join(root, "scripts", "include-sources.resc").replace(" ", "\\ "))


def newest_source(root):
    newest = 0
    for folder, _, files in os.walk(os.path.join(root, "src")):
        for name in files:
            if name.endswith(".cs"):
                newest = max(newest, os.path.getmtime(os.path.join(folder, name)))
    return newest
