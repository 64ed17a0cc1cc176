// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A socket that other processes connect to.

using System;
using System.Net.Sockets;

namespace VirtioNet.Outside
{
    /// <summary>Listens from when it is made until it is closed. Never waits.</summary>
    internal interface IListener : IDisposable
    {
        /// <summary>
        /// The next process that has connected. Null if none is left, if it has gone again, or if this process may open no
        /// more descriptors; then whoever still waits makes the socket ready again.
        /// </summary>
        Socket? Accept();

        /// <summary>Ends listening, and leaves nothing behind. Returns why something is left, or null.</summary>
        string? Close();

        /// <summary>To wait for somebody who connects.</summary>
        PollEntry Poll { get; }
    }
}
