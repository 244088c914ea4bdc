using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Terms at most so many edits from a word: the Levenshtein automaton with swaps of neighbours as one edit (optimal
/// string alignment), after K. Schulz and S. Mihov, Fast String Correction with Levenshtein Automata, 2002;
/// determinised as it is walked rather than from tables. A state is a place in the word and the edits spent.
/// </summary>
internal static class EditDistance
{
    /// <summary>Characters of the longest word.</summary>
    public const int WordCharactersMax = 128;

    /// <summary>Edits that a query allows, perhaps by the length of its word.</summary>
    public static int Edits(FuzzyQuery query, int characters) => query.Edits != FuzzyQuery.AutoEdits
        ? query.Edits
        : characters switch
        {
            <= 2 => 0,
            <= 5 => 1,
            _ => FuzzyQuery.EditsMax,
        };

    /// <summary>
    /// Edits between a word and a term, each place of the term edited once. Time grows by the product of the lengths.
    /// </summary>
    public static int Between(ReadOnlySpan<Rune> word, ReadOnlySpan<byte> term)
    {
        Span<int> rows = stackalloc int[3 * (WordCharactersMax + 1)];
        var before = rows[..(WordCharactersMax + 1)];
        var last = rows.Slice(before.Length, before.Length);
        var row = rows[(2 * before.Length)..];
        for (var i = 0; i <= word.Length; i++) last[i] = i;
        var previous = default(Rune);
        for (var length = 1; term.Length > 0; length++)
        {
            Rune.DecodeFromUtf8(term, out var character, out var bytes);
            term = term[bytes..];
            row[0] = length;
            for (var i = 1; i <= word.Length; i++)
            {
                var change = word[i - 1] == character ? 0 : 1;
                row[i] = Math.Min(Math.Min(row[i - 1], last[i]) + 1, last[i - 1] + change);
                if (i > 1 && length > 1 && word[i - 1] == previous && word[i - 2] == character)
                    row[i] = Math.Min(row[i], before[i - 2] + 1);
            }

            previous = character;
            var oldest = before;
            before = last;
            last = row;
            row = oldest;
        }

        return last[word.Length];
    }

    /// <summary>The automaton of a query that was planned, or null where its word is too long for one.</summary>
    public static TermAutomaton? Automaton(FuzzyQuery query, Func<string, string> normalize)
    {
        Rune[] word = [.. normalize(query.Text).EnumerateRunes()];
        if (word.Length > WordCharactersMax) return null;
        return Automaton(word, Edits(query, word.Length), query.PrefixLength);
    }

    /// <summary>The automaton.</summary>
    /// <param name="word">At most <see cref="WordCharactersMax"/> characters.</param>
    /// <param name="edits">0 to 2.</param>
    /// <param name="prefixLength">Characters at the beginning that are not edited.</param>
    public static TermAutomaton Automaton(ReadOnlySpan<Rune> word, int edits, int prefixLength)
    {
        var nfa = new ByteNfa();
        var places = word.Length + 1;
        var states = new int[places * (edits + 1)];
        for (var i = 0; i < states.Length; i++) states[i] = nfa.State();
        var accept = nfa.State();
        nfa.AcceptAt(accept);
        for (var spent = 0; spent <= edits; spent++)
        {
            for (var place = 0; place < places; place++)
            {
                var from = At(place, spent);
                if (place == word.Length) nfa.Free(from, accept);
                else nfa.Character(from, word[place], At(place + 1, spent));
                if (spent < edits && place >= prefixLength) AddEdits(word, place, spent, from);
            }
        }

        return new TermAutomaton(nfa);

        int At(int place, int spent) => (spent * places) + place;

        void AddEdits(ReadOnlySpan<Rune> text, int place, int spent, int from)
        {
            nfa.AnyCharacter(from, At(place, spent + 1));
            if (place == text.Length) return;
            nfa.AnyCharacter(from, At(place + 1, spent + 1));
            nfa.Free(from, At(place + 1, spent + 1));
            if (place + 1 == text.Length || text[place] == text[place + 1]) return;
            var between = nfa.State();
            nfa.Character(from, text[place + 1], between);
            nfa.Character(between, text[place], At(place + 2, spent + 1));
        }
    }
}
