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
    public static int Edits(FuzzyQuery query, int characters) => Edits(query.Edits, characters);

    /// <summary>The same by their number.</summary>
    public static int Edits(int edits, int characters) => edits != FuzzyQuery.AutoEdits
        ? edits
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

    /// <summary>
    /// The same edits as the automaton allows; a number above <see cref="FuzzyQuery.EditsMax"/> where it allows none
    /// that do.
    /// </summary>
    /// <param name="word">At most <see cref="WordCharactersMax"/> characters.</param>
    /// <param name="term">UTF-8; of a prefix, as much is read as edits may reach.</param>
    /// <param name="prefixLength">Characters at the beginning that are not edited.</param>
    /// <param name="isPrefix">Whether it is enough that the term begins so.</param>
    /// <param name="firstCost">What an edit of the first character counts.</param>
    public static int Within(
        ReadOnlySpan<Rune> word, ReadOnlySpan<byte> term, int prefixLength, bool isPrefix = false, int firstCost = 1)
    {
        const int Never = 100;
        Span<int> rows = stackalloc int[3 * (WordCharactersMax + 1)];
        var before = rows[..(WordCharactersMax + 1)];
        var last = rows.Slice(before.Length, before.Length);
        var row = rows[(2 * before.Length)..];
        last[0] = 0;
        for (var i = 1; i <= word.Length; i++) last[i] = last[i - 1] + CostAt(i - 1);
        var least = last[word.Length];
        var previous = default(Rune);
        for (var length = 1; term.Length > 0; length++)
        {
            if (isPrefix && length > word.Length + FuzzyQuery.EditsMax) return least;
            Rune.DecodeFromUtf8(term, out var character, out var bytes);
            term = term[bytes..];
            row[0] = last[0] + CostAt(0);
            for (var i = 1; i <= word.Length; i++)
            {
                var change = word[i - 1] == character ? 0 : CostAt(i - 1);
                row[i] = Math.Min(row[i - 1] + CostAt(i - 1), Math.Min(last[i] + CostAt(i), last[i - 1] + change));
                if (i > 1 && length > 1 && word[i - 1] == previous && word[i - 2] == character)
                    row[i] = Math.Min(row[i], before[i - 2] + CostAt(i - 2));
            }

            least = Math.Min(least, row[word.Length]);
            previous = character;
            var oldest = before;
            before = last;
            last = row;
            row = oldest;
        }

        return isPrefix ? least : last[word.Length];

        int CostAt(int place) => place < prefixLength ? Never : place == 0 ? firstCost : 1;
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
    /// <param name="isPrefix">Whether it is enough that a term begins so.</param>
    /// <param name="firstCost">What an edit of the first character counts.</param>
    public static TermAutomaton Automaton(
        ReadOnlySpan<Rune> word, int edits, int prefixLength, bool isPrefix = false, int firstCost = 1)
    {
        var nfa = new ByteNfa();
        var places = word.Length + 1;
        var states = new int[places * (edits + 1)];
        for (var i = 0; i < states.Length; i++) states[i] = nfa.State();
        var accept = nfa.State();
        nfa.AcceptAt(accept);
        if (isPrefix) nfa.Bytes(accept, byte.MinValue, byte.MaxValue, accept);
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
            spent += place == 0 ? firstCost : 1;
            if (spent > edits) return;
            nfa.AnyCharacter(from, At(place, spent));
            if (place == text.Length) return;
            nfa.AnyCharacter(from, At(place + 1, spent));
            nfa.Free(from, At(place + 1, spent));
            if (place + 1 == text.Length || text[place] == text[place + 1]) return;
            var between = nfa.State();
            nfa.Character(from, text[place + 1], between);
            nfa.Character(between, text[place], At(place + 2, spent));
        }
    }
}
