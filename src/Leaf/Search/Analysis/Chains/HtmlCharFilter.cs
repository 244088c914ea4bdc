using System.Buffers;
using System.Collections.Frozen;
using System.Net;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Takes tags and comments out of HTML, scripts and styles with what is in them, and reads entities. Tags within a line
/// leave nothing behind, so that a word with a letter in bold stays one; others leave a line break. What is no tag (a
/// lone &lt;) stays.
/// </summary>
/// <param name="kept">Tags that stay.</param>
internal sealed class HtmlCharFilter(FrozenSet<string> kept) : CharFilter
{
    private const int TagCharsMax = 4_096;
    private const int EntityCharsMax = 34;

    private static readonly SearchValues<char> NameEnds = SearchValues.Create(" \t\r\n\f/>");

    private static readonly FrozenSet<string> Inline = new[]
    {
        "a", "abbr", "acronym", "b", "basefont", "bdo", "big", "cite", "code", "dfn", "em", "font", "i", "img", "input",
        "kbd", "label", "mark", "q", "s", "samp", "select", "small", "span", "strike", "strong", "sub", "sup",
        "textarea", "tt", "u", "var",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override TextMap Apply(ReadOnlySpan<char> text, int length, PatternWork work)
    {
        var map = new TextMap(text.Length, length);
        var (copied, at) = (0, 0);
        while (Next(text, at) is var found and >= 0)
        {
            var end = text[found] == '&' ? Entity(text, found, out var by) : Markup(text, found, out by);
            at = Math.Max(end, found + 1);
            if (end < 0) continue;
            map.Copy(text, copied, found);
            copied = found;
            if (!map.Replace(found, end, by)) break;
            copied = end;
        }

        map.Copy(text, copied, text.Length);
        return map;
    }

    private static int Next(ReadOnlySpan<char> text, int at)
    {
        var found = text[at..].IndexOfAny('<', '&');
        return found < 0 ? -1 : at + found;
    }

    /// <summary>The end of an entity, or -1.</summary>
    private static int Entity(ReadOnlySpan<char> text, int at, out string by)
    {
        by = "";
        var length = text[at..Math.Min(text.Length, at + EntityCharsMax)].IndexOf(';') + 1;
        if (length < 3) return -1;
        var entity = text.Slice(at, length).ToString();
        by = WebUtility.HtmlDecode(entity);
        return by == entity ? -1 : at + length;
    }

    /// <summary>The end of a tag or a comment, or -1.</summary>
    private int Markup(ReadOnlySpan<char> text, int at, out string by)
    {
        by = "";
        var rest = text[at..];
        if (rest.StartsWith("<!--")) return Behind(text, at, "-->");
        if (rest.Length < 3) return -1;
        if (rest[1] is '!' or '?') return Behind(text, at, ">");
        var first = rest[1] == '/' ? 2 : 1;
        if (!char.IsAsciiLetter(rest[first])) return -1;
        var end = TagEnd(text, at + first);
        if (end < 0) return -1;
        var name = text[(at + first)..end];
        name = name[..name.IndexOfAny(NameEnds)];
        if (kept.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name)) return -1;
        by = Inline.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name) ? "" : "\n";
        if (first == 2 || !IsScript(name)) return end;
        var close = text[end..].IndexOf($"</{name}", StringComparison.OrdinalIgnoreCase);
        if (close < 0) return text.Length;
        var shut = text[(end + close)..].IndexOf('>');
        return shut < 0 ? text.Length : end + close + shut + 1;
    }

    /// <summary>Behind the next such text; what is never closed ends with the text.</summary>
    private static int Behind(ReadOnlySpan<char> text, int at, string close)
    {
        var found = text[at..].IndexOf(close);
        return found < 0 ? text.Length : at + found + close.Length;
    }

    /// <summary>Behind the tag's end, which is not within quotes; -1 where it is none.</summary>
    private static int TagEnd(ReadOnlySpan<char> text, int at)
    {
        var tag = text[..Math.Min(text.Length, at + TagCharsMax)];
        while (true)
        {
            var found = tag[at..].IndexOfAny("<>\"'");
            if (found < 0) return -1;
            at += found;
            if (tag[at] == '>') return at + 1;
            if (tag[at] == '<') return -1;
            var quote = tag[(at + 1)..].IndexOf(tag[at]);
            if (quote < 0) return -1;
            at += quote + 2;
        }
    }

    private static bool IsScript(ReadOnlySpan<char> name) =>
        name.Equals("script", StringComparison.OrdinalIgnoreCase)
        || name.Equals("style", StringComparison.OrdinalIgnoreCase);
}
