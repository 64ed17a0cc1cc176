// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One file is written by one capture only, whether of a switch of Renode's or of a network of our own.

using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Tools.Network;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Looks who writes a capture file now.</summary>
    internal static class CaptureWriters
    {
        /// <summary>Throws <see cref="RecoverableException"/> if a capture that runs writes the file; that of one switch may be left out.</summary>
        public static void CheckFree(string path, Switch? except = null)
        {
            var externals = EmulationManager.Instance.CurrentEmulation.ExternalsManager;
            var switches = externals.GetExternalsOfType<SwitchCapture>().Where(x => x.Network != except && x.Path == path && x.IsRunning).Select(x => SwitchCaptureExtensions.NameOf(x.Network));
            var networks = externals.GetExternalsOfType<PacketNetwork>().Where(x => x.IsCapturedTo(path)).Select(x => x.Name);
            var writer = switches.Concat(networks).FirstOrDefault();
            if(writer != null)
            {
                throw new RecoverableException($"The capture file {path} is written by the capture of {writer}: choose another file");
            }
        }
    }
}
