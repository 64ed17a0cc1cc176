// renode-virtio-net, MIT licence: see LICENSE.
// What can go wrong with guests. The messages are for the user.

namespace VirtioNet.Lab.Guests;

/// <summary>A guest did not do what it was to do; the message has its last lines.</summary>
public class GuestException(string message) : Exception(message);

/// <summary>QEMU, the kernel or the initramfs is missing; the message has the remedy.</summary>
public sealed class GuestMissingException(string message) : GuestException(message);
