// renode-virtio-net, MIT licence: see LICENSE.
// How a user names a port.

using NUnit.Framework;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class PortNameTests
{
    [TestCase("node1:sysbus.pcie.net0", ExpectedResult = true)]
    [TestCase("node1", ExpectedResult = true)]
    [TestCase("net0", ExpectedResult = true)]
    [TestCase("pcie.net0", ExpectedResult = true)]
    [TestCase("sysbus.pcie.net0", ExpectedResult = true)]
    [TestCase("", ExpectedResult = false)]
    [TestCase("node", ExpectedResult = false)]
    [TestCase("node1:", ExpectedResult = false)]
    [TestCase("node1:sysbus", ExpectedResult = false)]
    [TestCase("et0", ExpectedResult = false)]
    [TestCase(".net0", ExpectedResult = false)]
    [TestCase("NODE1", ExpectedResult = false)]
    [TestCase("node2", ExpectedResult = false)]
    [TestCase("node2:sysbus.pcie.net0", ExpectedResult = false)]
    [TestCase("a longer name than the port has", ExpectedResult = false)]
    public bool Word_OfAPort_IsItsNameItsMachineOrItsEnd(string word)
    {
        return PortName.Fits("node1:sysbus.pcie.net0", word);
    }
}
