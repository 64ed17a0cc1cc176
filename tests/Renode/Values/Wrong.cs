// renode-virtio-net, MIT licence: see LICENSE.
// Wrong values, and what the user reads then. "{0}" in an answer is the parameter's name.

namespace VirtioNet.Tests.Renode.Values;

/// <summary>
/// A value as it is written, and patterns that the answer must hold, and the log; an empty answer is for a value that is right after all.
/// </summary>
internal sealed record Wrong(string Value, string Answer, string Log = "")
{
    /// <summary>Values of other types, which Renode itself refuses: whatever is added later is tried with them, too.</summary>
    public static IEnumerable<Wrong> InPlatform(Type type)
    {
        // Renode lists the parameters that it has filled, up to the one that does not fit.
        var report = $"For parameter '{{0}}' of type '.*{Underlying(type).Name}.*'[^\n]*\n([^\n]*\n)?[^\n]*(Expected ({Underlying(type)}|System.Collections.Generic.IEnumerable)|not assignable)";
        foreach(var value in ValuesOfOtherTypes(type))
        {
            yield return new Wrong(value, report);
        }
        yield return new Wrong("nosuch", "Undefined reference 'nosuch'");
    }

    /// <summary>The same for a property in a platform description.</summary>
    public static IEnumerable<Wrong> ForProperty(Type type)
    {
        return ValuesOfOtherTypes(type).Select(x => new Wrong(x, $"Expected ({Underlying(type)}|System.Collections.Generic.IEnumerable)|not assignable"));
    }

    /// <summary>The same in the monitor, which shows how the command is used.</summary>
    public static IEnumerable<Wrong> InMonitor(Type type, string command, bool isProperty)
    {
        // Not tried: a number that is too large, which Renode's monitor cuts off; null for an unsigned number, at which Renode ends.
        string[] values = IsNumber(type) ? ["\"text\"", "true", .. type == typeof(int) || type == typeof(long) ? new[] { "null" } : [], "[1]", "nosuch"]
            : type == typeof(bool) ? ["\"text\"", "5", "null", "[true]"]
            : type.IsArray ? ["5", "true"]
            : ["5", "true", "[\"text\"]"];
        foreach(var value in values)
        {
            yield return new Wrong(value, isProperty ? "Could not convert|does not provide|not a MAC" : $"Void {command} \\(|{command} \\(.*{{0}}");
        }
    }

    private static IEnumerable<string> ValuesOfOtherTypes(Type type)
    {
        if(IsNumber(type))
        {
            return ["\"text\"", "\"\"", "true", "1.5", "99999999999999999999", "-99999999999999999999", "sysbus", "<1, 5>"];
        }
        return type == typeof(bool)
            ? ["\"text\"", "5", "sysbus", "<1, 5>"]
            : ["5", "-1", "true", "sysbus", "<1, 5>", "[1]"];
    }

    private static bool IsNumber(Type type) => Underlying(type).IsPrimitive && type != typeof(bool);

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
