# renode-virtio-net, MIT licence: see LICENSE.
# Two monitor commands that make the plugin's types known to this Renode:
#
#   load_virtio_net SCRIPTS      from the prebuilt DLL if it is there and no source is newer, else from the sources
#   compile_virtio_net SCRIPTS   from the sources, even if the prebuilt DLL is there
#
# SCRIPTS is the folder of this file. The prebuilt DLL has a fixed name, so snapshots made with it load in a new process.
# Without it, or when a source is newer, Renode compiles the sources; snapshots then live as long as the process.

# .NET's own file functions: IronPython's os module does not work on Linux everywhere.
from System import Array
from System.IO import Directory, File, Path, SearchOption
from Antmicro.Renode.Logging import Logger, LogLevel
from Antmicro.Renode.Utilities import TypeManager


def mc_load_virtio_net(scripts):
    if is_loaded():
        return
    root = root_of(scripts)
    library = Path.Combine(root, "build", "plugin", "VirtioNet.dll")
    if File.Exists(library):
        built = File.GetLastWriteTimeUtc(library)
        newer = [x for x in sources_of(root) if File.GetLastWriteTimeUtc(x) > built]
        if not newer:
            TypeManager.Instance.ScanFile(library)
            # The monitor remembers the commands of whatever was used before, such as those of "emulation".
            monitor.ClearCache()
            say(library)
            return
        say(newer[0] + " is newer than the prebuilt library; scripts/build-plugin.sh builds it anew")
    compile_sources(root)


def mc_compile_virtio_net(scripts):
    if not is_loaded():
        compile_sources(root_of(scripts))


def is_loaded():
    if TypeManager.Instance.TryGetTypeByName("Antmicro.Renode.Peripherals.Network.VirtioNetPci") is None:
        return False
    say("loaded already")
    return True


# Every source below the folder, in one compilation, because they make one assembly. The monitor's command "include" does
# this for the files that it is given; called directly, it takes paths as they are, with spaces and quotes.
def compile_sources(root):
    say("compiling the sources")
    if not monitor.TryCompilePlugin(Array[str](sources_of(root))):
        raise Exception("Renode could not compile the virtio-net plugin; what it says above names file and line")


def sources_of(root):
    folder = Path.Combine(root, "src", "Peripherals", "VirtioNet")
    sources = sorted(Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
    if not sources:
        raise Exception("there are no sources of the virtio-net plugin in " + folder)
    return sources


def root_of(scripts):
    return Path.GetDirectoryName(Path.GetFullPath(str(scripts)))


def say(text):
    Logger.Log(LogLevel.Info, "virtio-net plugin: " + text)
