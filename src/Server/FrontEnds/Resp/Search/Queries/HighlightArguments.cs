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

    /// <summary>Attributes that are marked; null for all texts.</summary>
    public IReadOnlyList<string>? MarkedFields { get; private set; }

    /// <summary>Attributes that are cut; null for all texts.</summary>
    public IReadOnlyList<string>? CutFields { get; private set; }

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

    /// <summary>All attributes that are named.</summary>
    public IEnumerable<string> Named => [.. MarkedFields ?? [], .. CutFields ?? []];

    /// <summary>Whether matches in an attribute are marked.</summary>
    public bool Marks(FieldSchema field) => IsMarking && IsOf(MarkedFields, field);

    /// <summary>Whether an attribute is cut.</summary>
    public bool Cuts(FieldSchema field) => IsCutting && IsOf(CutFields, field);

    /// <summary>How a field is highlighted: whole, or by fragments of so many words.</summary>
    public HighlightField Of(FieldSchema field) => new(field.Name)
    {
        PreTag = Marks(field) ? Open : "",
        PostTag = Marks(field) ? Close : "",
        Fragments = Cuts(field) ? Fragments : 0,
        FragmentSize = Words * CharactersOfWord,
    };

    /// <summary>Takes one of the two, if it is next.</summary>
    public bool TryTake(ArgumentReader arguments)
    {
        if (arguments.TryWord("HIGHLIGHT"))
        {
            IsMarking = true;
            MarkedFields = Fields(arguments);
            if (!arguments.TryWord("TAGS")) return true;
            Open = arguments.Text("TAGS");
            Close = arguments.Text("TAGS");
            return true;
        }

        if (!arguments.TryWord("SUMMARIZE")) return false;
        IsCutting = true;
        CutFields = Fields(arguments);
        while (!arguments.IsAtEnd)
        {
            if (arguments.TryWord("FRAGS")) Fragments = (int)arguments.Whole("FRAGS", 1, 100);
            else if (arguments.TryWord("LEN")) Words = (int)arguments.Whole("LEN", 1, 1_000);
            else if (arguments.TryWord("SEPARATOR")) Separator = arguments.Text("SEPARATOR");
            else break;
        }

        return true;
    }

    private static IReadOnlyList<string>? Fields(ArgumentReader arguments) => arguments.TryWord("FIELDS")
        ? [.. arguments.Counted("FIELDS").Select(name => name.TrimStart('@'))]
        : null;

    private static bool IsOf(IReadOnlyList<string>? names, FieldSchema field) =>
        names is null || names.Contains(field.Name) || (field.Alias != "" && names.Contains(field.Alias));
}
