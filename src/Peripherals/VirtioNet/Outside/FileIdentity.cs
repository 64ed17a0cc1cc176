// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which file a path names, so that a file that has taken another one's place is told apart. statx(2).

namespace VirtioNet.Outside
{
    /// <summary>A file, whatever its names are: inode and device.</summary>
    internal readonly struct FileIdentity
    {
        /// <summary>The file of this inode on this device.</summary>
        public FileIdentity(ulong device, ulong inode, bool isSocket)
        {
            this.device = device;
            this.inode = inode;
            IsSocket = isSocket;
        }

        /// <summary>True if both are one file.</summary>
        public bool IsSame(FileIdentity other)
        {
            return device == other.device && inode == other.inode;
        }

        /// <summary>True if it is a socket.</summary>
        public bool IsSocket { get; }

        private readonly ulong device;
        private readonly ulong inode;
    }
}
