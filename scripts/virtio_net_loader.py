# The monitor command load_virtio_net: makes the plugin's types known, the best way that is possible.
#
# The prebuilt DLL comes first: its name is fixed, so snapshots made with it load in a new process. Without
# it, or when a source is newer, Renode compiles the sources; snapshots then live as long as the process.

# .NET's own file functions: IronPython's os module does not work on Linux everywhere.
from System.IO import Directory, File, Path, SearchOption
from Antmicro.Renode.Logging import Logger, LogLevel
from Antmicro.Renode.Utilities import TypeManager


def mc_load_virtio_net(scripts):
    def say(text):
        Logger.Log(LogLevel.Info, text)

    if TypeManager.Instance.TryGetTypeByName("Antmicro.Renode.Peripherals.Network.VirtioNetPci") is not None:
        say("virtio-net plugin: loaded already")
        return
    scripts = Path.GetFullPath(str(scripts))
    root = Path.GetDirectoryName(scripts)
    library = Path.Combine(root, "build", "plugin", "VirtioNet.dll")
    if File.Exists(library):
        built = File.GetLastWriteTimeUtc(library)
        sources = Directory.GetFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
        newer = [x for x in sources if File.GetLastWriteTimeUtc(x) > built]
        if not newer:
            TypeManager.Instance.ScanFile(library)
            say("virtio-net plugin: " + library)
            return
        say("virtio-net plugin: " + newer[0] + " is newer than the prebuilt library; scripts/build-plugin.sh builds it anew")
    say("virtio-net plugin: compiling the sources")
    monitor.Parse("include @" + Path.Combine(scripts, "include-sources.resc").replace(" ", "\\ "))
