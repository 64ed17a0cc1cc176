// renode-virtio-net, MIT licence: see LICENSE.
// What a snapshot of Renode's does: every field of every object, and nothing else.

using System.Reflection;
using System.Runtime.CompilerServices;

namespace VirtioNet.Tests.Wire.Links;

/// <summary>Copies an object and all that it refers to. What is no plain data, such as a delegate, is an error.</summary>
public static class FieldCopy
{
    public static T Of<T>(T source)
        where T : class
    {
        return (T)Copy(source, new Dictionary<object, object>(ReferenceEqualityComparer.Instance))!;
    }

    private static object? Copy(object? source, Dictionary<object, object> copies)
    {
        if(source == null || source is string || source.GetType().IsPrimitive || source.GetType().IsEnum)
        {
            return source;
        }
        if(copies.TryGetValue(source, out var known))
        {
            return known;
        }
        if(source is Delegate or Pointer)
        {
            throw new InvalidOperationException($"{source.GetType()} is no plain data");
        }
        if(source is Array array)
        {
            var copied = (Array)array.Clone();
            copies[source] = copied;
            for(var i = 0; i < array.Length; i++)
            {
                copied.SetValue(Copy(array.GetValue(i), copies), i);
            }
            return copied;
        }
        var copy = RuntimeHelpers.GetUninitializedObject(source.GetType());
        copies[source] = copy;
        for(var type = source.GetType(); type != null; type = type.BaseType)
        {
            foreach(var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                field.SetValue(copy, Copy(field.GetValue(source), copies));
            }
        }
        return copy;
    }
}
