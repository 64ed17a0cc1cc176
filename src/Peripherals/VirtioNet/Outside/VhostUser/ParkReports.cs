// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a back end does when its device parks. vhost-user: VHOST_USER_SET_VRING_ERR.

using System;

using VirtioNet.Reports;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Passes reports on, and first lets the device tell its front end that it has parked.</summary>
    internal sealed class ParkReports : IReports
    {
        /// <summary>Calls <paramref name="parked"/> when the device parks.</summary>
        public ParkReports(IReports reports, Action parked)
        {
            this.reports = reports;
            this.parked = parked;
        }

        /// <inheritdoc/>
        public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
        {
            reports.Misuse(rule, where, value, subject);
        }

        /// <inheritdoc/>
        public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
        {
            reports.FrameDropped(rule, length, etherType, limit);
        }

        /// <inheritdoc/>
        public void Parked(string reason)
        {
            parked();
            reports.Parked(reason);
        }

        private readonly IReports reports;
        private readonly Action parked;
    }
}
