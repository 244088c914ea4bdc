using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// Writes a message down, members by name and lists by element, so that two of them compare by content.
/// </summary>
internal static class Dump
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string or Enum or bool or IFormattable:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexStringLower(bytes.Span));
                break;
            case ReadOnlyMemory<float> floats:
                text.AppendJoin(' ', floats.ToArray().Select(x => x.ToString("R", CultureInfo.InvariantCulture)));
                break;
            case IEnumerable items:
                foreach (var item in items) AppendLine(text, "- ", item, depth);
                break;
            default:
                text.Append(value.GetType().Name);
                foreach (var property in Members(value.GetType()))
                    AppendLine(text, property.Name + ": ", property.GetValue(value), depth);
                break;
        }
    }

    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.Name, StringComparer.Ordinal);

    private static void AppendLine(StringBuilder text, string label, object? value, int depth)
    {
        text.Append('\n').Append(' ', depth * 2).Append(label);
        Append(text, value, depth + 1);
    }
}
