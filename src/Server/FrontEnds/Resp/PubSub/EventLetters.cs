using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The letters of notify-keyspace-events.</summary>
internal static class EventLetters
{
    private const EventClasses All =
        EventClasses.Generic | EventClasses.String | EventClasses.List | EventClasses.Set | EventClasses.Hash
        | EventClasses.SortedSet | EventClasses.Expired | EventClasses.Evicted | EventClasses.Stream
        | EventClasses.Module;

    private static readonly (char Letter, EventClasses Class)[] Letters =
    [
        ('g', EventClasses.Generic), ('$', EventClasses.String), ('l', EventClasses.List), ('s', EventClasses.Set),
        ('h', EventClasses.Hash), ('z', EventClasses.SortedSet), ('x', EventClasses.Expired),
        ('e', EventClasses.Evicted), ('t', EventClasses.Stream), ('d', EventClasses.Module),
        ('K', EventClasses.Keyspace), ('E', EventClasses.Keyevent), ('m', EventClasses.Miss), ('n', EventClasses.New),
    ];

    /// <summary>The classes of letters; null when one is none.</summary>
    public static EventClasses? Parse(string text)
    {
        var classes = EventClasses.None;
        foreach (var letter in text)
        {
            if (letter == 'A')
            {
                classes |= All;
                continue;
            }

            var row = Array.Find(Letters, l => l.Letter == letter);
            if (row.Class == EventClasses.None) return null;
            classes |= row.Class;
        }

        return classes;
    }

    /// <summary>The letters of classes, in the order that Redis shows them.</summary>
    public static string Format(EventClasses classes)
    {
        var text = new StringBuilder();
        var hasAll = (classes & All) == All;
        if (hasAll) text.Append('A');
        foreach (var (letter, one) in Letters)
            if ((classes & one) != 0 && !(hasAll && (All & one) != 0)) text.Append(letter);
        return text.ToString();
    }
}
