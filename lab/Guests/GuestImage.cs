// renode-virtio-net, MIT licence: see LICENSE.
// What a guest is made of: QEMU, and the kernel and initramfs that the guests in Renode have, too.

namespace VirtioNet.Lab.Guests;

/// <summary>Paths of three files that are there.</summary>
public sealed record GuestImage(string Qemu, string Kernel, string Initrd)
{
    /// <summary>
    /// Finds them, or throws with what is missing and how to get it. Null stands for the file that scripts/build-guest.sh
    /// makes.
    /// </summary>
    public static GuestImage Find(string? kernel = null, string? initrd = null)
    {
        var qemu = FindProgram(QemuName) ?? throw new GuestMissingException($"{QemuName} is not on the PATH; install QEMU (Debian: apt-get install qemu-system-arm)");
        var folder = FindCheckout(AppContext.BaseDirectory) is { } root ? Path.Combine(root, "build", "guest", "arm64") : "build/guest/arm64";
        return new GuestImage(qemu, FindFile(kernel, folder, "Image", "--kernel"), FindFile(initrd, folder, "initramfs.cpio.gz", "--initrd"));
    }

    /// <summary>A program's path, or null if it is not on the PATH.</summary>
    public static string? FindProgram(string name)
    {
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static string FindFile(string? given, string folder, string name, string option)
    {
        if(given != null)
        {
            return File.Exists(given) ? given : throw new GuestMissingException($"{option}: there is no file '{given}'");
        }
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new GuestMissingException($"the guest's {name} is not there ({path}); run scripts/build-guest.sh, or give {option} FILE");
    }

    private static string? FindCheckout(string? folder)
    {
        return folder == null || File.Exists(Path.Combine(folder, "scripts", "build-guest.sh")) ? folder : FindCheckout(Path.GetDirectoryName(folder));
    }

    private const string QemuName = "qemu-system-aarch64";
}
