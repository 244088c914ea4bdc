using System.Text;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// <c>*</c> any characters, <c>?</c> one, a backslash takes the next character as it is (at the end: itself).
/// </summary>
internal static class WildcardPattern
{
    /// <summary>What a pattern consists of; several stars in a row are one.</summary>
    public static IReadOnlyList<WildcardPart> Parts(string pattern)
    {
        var parts = new List<WildcardPart>();
        for (var i = 0; i < pattern.Length;)
        {
            if (pattern[i] is '*' or '?')
            {
                var kind = pattern[i] == '*' ? WildcardKind.AnyText : WildcardKind.AnyCharacter;

                // Several stars in a row are one.
                if (kind != WildcardKind.AnyText || parts.Count == 0 || parts[^1].Kind != kind)
                    parts.Add(new WildcardPart(kind, default));
                i++;
                continue;
            }

            if (pattern[i] == '\\' && i + 1 < pattern.Length) i++;
            Rune.DecodeFromUtf16(pattern.AsSpan(i), out var character, out var length);
            parts.Add(new WildcardPart(WildcardKind.Character, character));
            i += length;
        }

        return parts;
    }

    /// <summary>The parts with every run of characters written as terms are.</summary>
    public static List<WildcardPart> Normalized(IReadOnlyList<WildcardPart> parts, Func<string, string> normalize)
    {
        var result = new List<WildcardPart>(parts.Count);
        var run = new StringBuilder();
        foreach (var part in parts)
        {
            if (part.Kind == WildcardKind.Character)
            {
                run.Append(part.Character.ToString());
                continue;
            }

            EndRun();
            result.Add(part);
        }

        EndRun();
        return result;

        void EndRun()
        {
            foreach (var rune in normalize(run.ToString()).EnumerateRunes())
                result.Add(new WildcardPart(WildcardKind.Character, rune));
            run.Clear();
        }
    }

    /// <summary>The automaton of some parts.</summary>
    /// <param name="parts">The pattern.</param>
    /// <param name="problem">Which limit it goes over; null when none.</param>
    public static TermAutomaton Automaton(IReadOnlyList<WildcardPart> parts, out string? problem)
    {
        var nfa = new ByteNfa();
        var at = nfa.State();
        foreach (var part in parts)
        {
            if (part.Kind == WildcardKind.AnyText)
            {
                nfa.AnyCharacter(at, at);
                continue;
            }

            var next = nfa.State();
            if (part.Kind == WildcardKind.Character) nfa.Character(at, part.Character, next);
            else nfa.AnyCharacter(at, next);
            at = next;
        }

        nfa.AcceptAt(at);
        var automaton = new TermAutomaton(nfa);
        problem = nfa.IsTooLarge
            ? $"needs more than {ByteNfa.StatesMax} states; that is the limit, make it shorter"
            : automaton.Complete();
        return automaton;
    }
}

/// <summary>Kinds of parts of a wildcard pattern.</summary>
internal enum WildcardKind
{
    /// <summary>One certain character.</summary>
    Character,

    /// <summary><c>?</c>.</summary>
    AnyCharacter,

    /// <summary><c>*</c>.</summary>
    AnyText,
}

/// <summary>A part of a wildcard pattern.</summary>
internal readonly record struct WildcardPart(WildcardKind Kind, Rune Character);
