// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The socket at a path that other processes connect to. unix(7).

using System.Net.Sockets;

namespace VirtioNet.Outside
{
    /// <summary>Listens at a path.</summary>
    internal sealed class UnixListener : IListener
    {
        /// <summary>Listens. Throws IOException, with the remedy, if the path cannot be had.</summary>
        public UnixListener(string path)
        {
            binding = new UnixBinding(path, SocketType.Stream);
        }

        /// <inheritdoc/>
        public Socket? Accept()
        {
            try
            {
                return binding.Socket.Accept();
            }
            catch(SocketException)
            {
                return null;
            }
        }

        /// <inheritdoc/>
        public string? Close()
        {
            return binding.Close();
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            binding.Dispose();
        }

        /// <inheritdoc/>
        public PollEntry Poll => new PollEntry(binding.Socket.SafeHandle);

        private readonly UnixBinding binding;
    }
}
