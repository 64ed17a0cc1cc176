// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A partner that is started: passt.

using System.IO;
using System.Net.Sockets;

using VirtioNet.Reports;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Starts passt, and again after pauses that grow when it has ended.</summary>
    internal sealed class PasstSource : IStreamSource
    {
        /// <summary>Starts the first one. Throws IOException, with the remedy, if that cannot be.</summary>
        public PasstSource(PasstOptions options, IReports reports)
        {
            this.options = options;
            this.reports = reports;
            ready = PasstProcess.Start(options);
        }

        /// <inheritdoc/>
        public int Collect(PollSet poll, bool isConnected)
        {
            isDue = !isConnected;
            return isConnected ? -1 : pause.Length;
        }

        /// <inheritdoc/>
        public Socket? Take(PollSet poll, bool isConnected)
        {
            if(!isDue)
            {
                return null;
            }
            isDue = false;
            var socket = ready;
            ready = null;
            try
            {
                return socket ?? PasstProcess.Start(options);
            }
            catch(IOException exception)
            {
                Tell(exception.Message);
                pause.Grow();
                return null;
            }
        }

        /// <inheritdoc/>
        public void Lose(bool hasServed)
        {
            if(hasServed)
            {
                isTold = false;
                pause.Reset();
            }
            else
            {
                pause.Grow();
            }
            Tell("");
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            ready?.Dispose();
        }

        private void Tell(string subject)
        {
            if(!isTold)
            {
                isTold = true;
                reports.Misuse(SocketRules.PasstEnded, 0, 0, subject);
            }
        }

        private Socket? ready;
        private bool isDue;
        // Until a passt has served again.
        private bool isTold;

        private readonly PasstOptions options;
        private readonly IReports reports;
        private readonly Pause pause = new Pause(LongestPause);

        // Milliseconds.
        private const int LongestPause = 10_000;
    }
}
