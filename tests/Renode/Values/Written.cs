// renode-virtio-net, MIT licence: see LICENSE.
// All values and commands of the plugin that a user can write, found by reflection so that none added later is forgotten.

using System.Reflection;
using System.Runtime.CompilerServices;
using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Utilities;

namespace VirtioNet.Tests.Renode.Values;

/// <summary>A value that a user writes: in a platform description if Command is null, else as part of that monitor command.</summary>
internal sealed record Parameter(string Owner, string? Command, string Name, Type Type)
{
    /// <summary>Its name in the tables of WrongValues, such as "VirtioNetPci.mtu" or "PcieEcamHost.Unplug.name".</summary>
    public string Key => Command == null || Command == Name ? $"{Owner}.{Name}" : $"{Owner}.{Command}.{Name}";
}

internal static class Written
{
    /// <summary>Parameters of what is made in a .repl: peripherals, and places where they are registered.</summary>
    public static IEnumerable<Parameter> InPlatforms()
    {
        foreach(var type in Types(typeof(IPeripheral)).Concat(Types(typeof(IRegistrationPoint))))
        {
            foreach(var parameter in type.GetConstructors().SelectMany(x => x.GetParameters()).Where(x => x.ParameterType != typeof(IMachine)))
            {
                yield return new Parameter(type.Name, null, parameter.Name!, parameter.ParameterType);
            }
            // A property is set from there, too, whether the monitor shows it or not.
            foreach(var property in type.GetProperties().Where(IsOurs).Where(x => x.GetSetMethod() != null))
            {
                yield return new Parameter(type.Name, null, property.Name, property.PropertyType);
            }
        }
    }

    /// <summary>Parameters of what is typed into the monitor: of methods and extensions, and properties that can be set.</summary>
    public static IEnumerable<Parameter> InMonitor()
    {
        foreach(var method in Commands())
        {
            var parameters = method.GetParameters();
            foreach(var parameter in IsExtension(method) ? parameters.Skip(1) : parameters)
            {
                yield return new Parameter(OwnerOf(method), method.Name, parameter.Name!, parameter.ParameterType);
            }
        }
        foreach(var type in Objects())
        {
            foreach(var property in type.GetProperties().Where(IsOurs).Where(x => x.IsCallable() && x.GetSetMethod() != null))
            {
                yield return new Parameter(type.Name, property.Name, property.Name, property.PropertyType);
            }
        }
    }

    /// <summary>Commands that take nothing, as owner and name.</summary>
    public static IEnumerable<(string Owner, string Command)> WithoutParameters()
    {
        return Commands().Where(x => x.GetParameters().Length == (IsExtension(x) ? 1 : 0)).Select(x => (OwnerOf(x), x.Name));
    }

    private static IEnumerable<MethodInfo> Commands()
    {
        var methods = Objects().SelectMany(x => x.GetMethods()).Where(x => !x.IsSpecialName && IsOurs(x) && x.IsCallable() && x.GetBaseDefinition().DeclaringType != typeof(object));
        var extensions = Plugin.GetTypes().Where(x => x.IsPublic).SelectMany(x => x.GetMethods()).Where(x => IsExtension(x) && x.IsExtensionCallable());
        return methods.Concat(extensions);
    }

    private static IEnumerable<Type> Objects() => Types(typeof(IPeripheral)).Concat(Types(typeof(IExternal)));

    private static IEnumerable<Type> Types(Type kind)
    {
        return Plugin.GetTypes().Where(x => x.IsPublic && x.Namespace!.StartsWith(nameof(Antmicro), StringComparison.Ordinal) && kind.IsAssignableFrom(x) && x.IsClass && !x.IsAbstract);
    }

    private static string OwnerOf(MethodInfo method) => IsExtension(method) ? method.GetParameters()[0].ParameterType.Name : method.ReflectedType!.Name;

    private static bool IsExtension(MethodInfo method) => method.IsDefined(typeof(ExtensionAttribute));

    private static bool IsOurs(MemberInfo member) => member.DeclaringType!.Assembly == Plugin;

    // This test assembly, because the plugin's Renode/ folder is compiled into it.
    private static readonly Assembly Plugin = typeof(VirtioNetPci).Assembly;
}
