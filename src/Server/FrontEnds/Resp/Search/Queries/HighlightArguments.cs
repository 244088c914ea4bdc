using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>HIGHLIGHT and SUMMARIZE of FT.SEARCH.</summary>
internal sealed class HighlightArguments
{
    /// <summary>Characters that a word and its blank are taken for.</summary>
    private const int CharactersOfWord = 6;

    /// <summary>Whether matches are marked.</summary>
    public bool IsMarking { get; private set; }

    /// <summary>Whether texts are cut to what is around matches.</summary>
    public bool IsCutting { get; private set; }

    /// <summary>Attributes that are marked or cut; null for all texts.</summary>
    public IReadOnlyList<string>? Fields { get; private set; }

    /// <summary>What stands before a match.</summary>
    public string Open { get; private set; } = "<b>";

    /// <summary>What stands behind a match.</summary>
    public string Close { get; private set; } = "</b>";

    /// <summary>Fragments of a text.</summary>
    public int Fragments { get; private set; } = 3;

    /// <summary>Words of a fragment.</summary>
    public int Words { get; private set; } = 20;

    /// <summary>What stands behind a fragment.</summary>
    public string Separator { get; private set; } = "... ";

    /// <summary>How a field is highlighted: whole, or by fragments of so many words.</summary>
    public HighlightField Of(string field) => new(field)
    {
        PreTag = IsMarking ? Open : "",
        PostTag = IsMarking ? Close : "",
        Fragments = IsCutting ? Fragments : 0,
        FragmentSize = Words * CharactersOfWord,
    };

    /// <summary>Takes one of the two, if it is next.</summary>
    public bool TryTake(ArgumentReader arguments)
    {
        if (arguments.TryWord("HIGHLIGHT"))
        {
            IsMarking = true;
            TakeFields(arguments);
            if (!arguments.TryWord("TAGS")) return true;
            Open = arguments.Text("TAGS");
            Close = arguments.Text("TAGS");
            return true;
        }

        if (!arguments.TryWord("SUMMARIZE")) return false;
        IsCutting = true;
        TakeFields(arguments);
        while (!arguments.IsAtEnd)
        {
            if (arguments.TryWord("FRAGS")) Fragments = (int)arguments.Whole("FRAGS", 1, 100);
            else if (arguments.TryWord("LEN")) Words = (int)arguments.Whole("LEN", 1, 1_000);
            else if (arguments.TryWord("SEPARATOR")) Separator = arguments.Text("SEPARATOR");
            else break;
        }

        return true;
    }

    private void TakeFields(ArgumentReader arguments)
    {
        if (arguments.TryWord("FIELDS")) Fields = [.. arguments.Counted("FIELDS").Select(name => name.TrimStart('@'))];
    }
}
