namespace Hedgerow.LoadGen.Workload;

/// <summary>What the next search asks. One caller at a time.</summary>
internal interface IQueryChooser
{
    /// <summary>The next query text.</summary>
    string Next();
}

/// <summary>Each query of a list in turn, and again from the first.</summary>
internal sealed class QueriesInTurn(IReadOnlyList<string> queries) : IQueryChooser
{
    private int _next;

    public string Next()
    {
        if (_next == queries.Count) _next = 0;
        return queries[_next++];
    }
}

/// <summary>
/// Search as you type: so many people type queries of the list, letter by letter, and each letter is a search whose
/// last word is a prefix. Whose letter is next is drawn, so that their searches mix as they would. Some mistype a
/// letter and do not see it.
/// </summary>
internal sealed class TypedQueries : IQueryChooser
{
    /// <summary>People who type at once.</summary>
    public const int People = 32;

    /// <summary>Bytes by which what is typed may be longer than what is meant: a wrong letter, and a star.</summary>
    public const int LongerMax = 2;

    /// <summary>Letters before the first search: one letter matches too much to show anybody.</summary>
    public const int LettersMin = 2;

    private readonly IReadOnlyList<string> _queries;
    private readonly Random _random;
    private readonly double _typos;
    private readonly (string Text, int Letters)[] _typing = new (string, int)[People];

    /// <param name="queries">What people mean.</param>
    /// <param name="typos">Share of texts with a wrong letter, 0 to 1.</param>
    /// <param name="random">Drawn from.</param>
    public TypedQueries(IReadOnlyList<string> queries, double typos, Random random)
    {
        _typos = typos;
        _queries = queries;
        _random = random;
        for (var i = 0; i < People; i++) _typing[i] = Begin();
    }

    public string Next()
    {
        var person = _random.Next(People);
        var (text, letters) = _typing[person];
        // The blank between two words asks nothing new.
        while (letters < text.Length && text[letters - 1] == ' ') letters++;
        _typing[person] = letters >= text.Length ? Begin() : (text, letters + 1);
        return letters >= text.Length ? text : text[..letters] + "*";
    }

    /// <summary>A letter more, less, another, or two swapped; not the first.</summary>
    private string Mistyped(string text)
    {
        if (text.Length < 3) return text;
        var at = _random.Next(1, text.Length - 1);
        var letter = (char)('a' + _random.Next(26));
        return _random.Next(4) switch
        {
            0 => text.Insert(at, letter.ToString()),
            1 => text.Remove(at, 1),
            2 => $"{text[..at]}{text[at + 1]}{text[at]}{text[(at + 2)..]}",
            _ => $"{text[..at]}{letter}{text[(at + 1)..]}",
        };
    }

    private (string, int) Begin()
    {
        var text = _queries[_random.Next(_queries.Count)];
        if (_typos > 0 && _random.NextDouble() < _typos) text = Mistyped(text);
        return (text, Math.Min(LettersMin, text.Length));
    }
}
