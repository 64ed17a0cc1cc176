// renode-virtio-net, MIT licence: see LICENSE.
// A snapshot keeps a network with everything that is on its way: it is plain data.

using System.Reflection;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class PlainDataTests
{
    // All is copied field by field, as Renode's serializer does, and the copy goes on where the network is.
    [Test]
    public void Network_CopiedWithPacketsOnTheWay_GoesOnTheSame()
    {
        var rig = MakeBusy();

        var copy = (NetworkRig)new Copier().Copy(rig)!;

        Assert.That(copy.Network, Is.Not.SameAs(rig.Network));
        Assert.That(copy.Network.NextEvent, Is.EqualTo(rig.Network.NextEvent));
        Assert.That(copy.Ports[2].Announced, Is.Not.Null.And.EqualTo(rig.Ports[2].Announced));
        Assert.That(End(copy), Is.EqualTo(End(rig)));
        Assert.That(rig.Devices.Select(x => x.Received.Count), Is.All.GreaterThan(10));
    }

    private static NetworkRig MakeBusy()
    {
        var rig = new NetworkRig(2);
        rig.Add(new ScheduledDevice());
        for(var i = 0; i < 3; i++)
        {
            rig.Ports[i].In.Settings = Words($"delay {i}ms");
            rig.Ports[i].Out.Settings = Words($"delay {2 * i}ms duplicate 100%");
            rig.Ports[i].StormLimit = 50;
        }
        rig.Ports[0].MirroredTo = rig.Ports[1];
        Send(rig, 0);
        rig.Network.Run(4 * Ms, 8 * Ms);
        // Not taken into a run yet.
        Send(rig, 5 * Ms);
        return rig;
    }

    private static string End(NetworkRig rig)
    {
        ((ScheduledDevice)rig.Devices[2]).RunUntil(rig.Ports[2], 6 * Ms);
        rig.Network.Run(8 * Ms, 12 * Ms);
        Send(rig, 9 * Ms);
        rig.Network.Run(Second);
        return string.Join('\n', rig.Devices.Select(x => x.Marks)) + NetworkPicture.ToDot(rig.Network)
            + string.Join(' ', NetworkTables.Addresses(rig.Network).SelectMany(x => x));
    }

    private static void Send(NetworkRig rig, ulong time)
    {
        for(byte i = 0; i < 10; i++)
        {
            rig.Send(i % 3, (i + 1) % 3, time + i * 100_000UL, i);
            rig.Send(i % 3, Everybody, time + i * 100_000UL, (byte)(100 + i));
        }
    }

    // Copies objects with all that they refer to. What a snapshot cannot keep makes it fail.
    private sealed class Copier
    {
        public object? Copy(object? from)
        {
            if(from == null || from is string || from is Type || from.GetType().IsPrimitive || from.GetType().IsEnum)
            {
                return from;
            }
            var type = from.GetType();
            if(from is Delegate || typeof(MemberInfo).IsAssignableFrom(type) || type.Namespace!.StartsWith("System.Threading", StringComparison.Ordinal) || type.IsPointer || from is IntPtr or UIntPtr)
            {
                throw new AssertionException($"{type} is no plain data");
            }
            if(!type.IsValueType && copies.TryGetValue(from, out var known))
            {
                return known;
            }
            if(from is Array array)
            {
                var elements = (Array)array.Clone();
                copies.Add(from, elements);
                for(var i = 0; i < array.Length; i++)
                {
                    elements.SetValue(Copy(array.GetValue(i)), i);
                }
                return elements;
            }
            var copy = RuntimeHelpers.GetUninitializedObject(type);
            if(!type.IsValueType)
            {
                copies.Add(from, copy);
            }
            for(var part = type; part != null && part != typeof(object); part = part.BaseType)
            {
                foreach(var field in part.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    field.SetValue(copy, Copy(field.GetValue(from)));
                }
            }
            return copy;
        }

        private readonly Dictionary<object, object> copies = new(ReferenceEqualityComparer.Instance);
    }
}
