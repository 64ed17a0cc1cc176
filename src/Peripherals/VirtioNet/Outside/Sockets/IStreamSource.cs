// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where the partner of a stream socket comes from: it connects, is connected to, or is started.

using System;
using System.Net.Sockets;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Finds partners. All calls come from the port's thread; nothing waits.</summary>
    internal interface IStreamSource : IDisposable
    {
        /// <summary>As that of <see cref="IPortWork"/>.</summary>
        int Collect(PollSet poll, bool isConnected);

        /// <summary>A partner that has come meanwhile, or null.</summary>
        Socket? Take(PollSet poll, bool isConnected);

        /// <summary>The partner has gone. <paramref name="hasServed"/> tells whether a frame ever came from it.</summary>
        void Lose(bool hasServed);
    }
}
