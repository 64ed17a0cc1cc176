// renode-virtio-net, MIT licence: see LICENSE.
// What goes wrong with guests, told to whoever ran them.

namespace VirtioNet.Lab.Guests;

/// <summary>A guest did not do what it was to do; the message has its last lines.</summary>
public class GuestException(string message) : Exception(message);

/// <summary>What guests are made of is not there; the message has the remedy.</summary>
public sealed class GuestMissingException(string message) : GuestException(message);
