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

    /// <summary>The automaton of some parts, as they are.</summary>
    public static TermAutomaton Automaton(IReadOnlyList<WildcardPart> parts, out string? problem) =>
        Automaton(parts, 0, out problem);

    /// <summary>The automaton of some parts.</summary>
    /// <param name="parts">The pattern.</param>
    /// <param name="edits">Most edits that a text may be away from what the pattern matches.</param>
    /// <param name="problem">Which limit it goes over; null when none.</param>
    public static TermAutomaton Automaton(IReadOnlyList<WildcardPart> parts, int edits, out string? problem)
    {
        var nfa = new ByteNfa();
        var states = new int[(parts.Count + 1) * (edits + 1)];
        for (var i = 0; i < states.Length; i++) states[i] = nfa.State();
        var accept = nfa.State();
        for (var spent = 0; spent <= edits; spent++)
        {
            for (var place = 0; place <= parts.Count; place++)
            {
                AddPart(place, spent);
                if (spent < edits) AddEdits(place, spent);
            }
        }

        nfa.AcceptAt(accept);
        var automaton = new TermAutomaton(nfa);
        problem = nfa.IsTooLarge
            ? $"needs more than {ByteNfa.StatesMax} states; that is the limit, make it shorter"
            : automaton.Complete();
        return automaton;

        int At(int place, int spent) => states[(spent * (parts.Count + 1)) + place];

        void AddPart(int place, int spent)
        {
            var from = At(place, spent);
            if (place == parts.Count)
            {
                nfa.Free(from, accept);
                return;
            }

            switch (parts[place].Kind)
            {
                case WildcardKind.AnyText:
                    nfa.AnyCharacter(from, from);
                    nfa.Free(from, At(place + 1, spent));
                    break;
                case WildcardKind.AnyCharacter:
                    nfa.AnyCharacter(from, At(place + 1, spent));
                    break;
                default:
                    nfa.Character(from, parts[place].Character, At(place + 1, spent));
                    break;
            }
        }

        void AddEdits(int place, int spent)
        {
            var from = At(place, spent);
            nfa.AnyCharacter(from, At(place, spent + 1));
            if (place == parts.Count || parts[place].Kind == WildcardKind.AnyText) return;
            nfa.AnyCharacter(from, At(place + 1, spent + 1));
            nfa.Free(from, At(place + 1, spent + 1));
            if (place + 1 == parts.Count || parts[place] is not { Kind: WildcardKind.Character, Character: var one }
                || parts[place + 1] is not { Kind: WildcardKind.Character, Character: var other }) return;
            var between = nfa.State();
            nfa.Character(from, other, between);
            nfa.Character(between, one, At(place + 2, spent + 1));
        }
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
