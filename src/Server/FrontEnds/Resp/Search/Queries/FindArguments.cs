using System.Text;
using System.Text.Unicode;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>One property that RETURN asks for, and what it is called in the answer.</summary>
internal sealed record ReturnedProperty(string Name, string Shown);

/// <summary>What stands behind the query of FT.SEARCH. Immutable once read.</summary>
internal sealed class FindArguments
{
    private readonly List<DialectNode> _filters = [];

    /// <summary>NOCONTENT, or a RETURN of nothing.</summary>
    public bool HasNoContent { get; private set; }

    /// <summary>WITHSCORES.</summary>
    public bool WithScores { get; private set; }

    /// <summary>WITHSORTKEYS.</summary>
    public bool WithSortKeys { get; private set; }

    /// <summary>VERBATIM.</summary>
    public bool IsVerbatim { get; private set; }

    /// <summary>NOSTOPWORDS.</summary>
    public bool KeepsStopWords { get; private set; }

    /// <summary>INORDER, or SLOP: how far the words may be apart.</summary>
    public int? Slop { get; private set; }

    /// <summary>LANGUAGE; null for the index's own.</summary>
    public string? Language { get; private set; }

    /// <summary>FILTER and GEOFILTER.</summary>
    public IReadOnlyList<DialectNode> Filters => _filters;

    /// <summary>INKEYS; null for any.</summary>
    public IReadOnlyList<string>? Keys { get; private set; }

    /// <summary>INFIELDS; null for all.</summary>
    public IReadOnlyList<string>? Fields { get; private set; }

    /// <summary>RETURN; null for all.</summary>
    public IReadOnlyList<ReturnedProperty>? Returned { get; private set; }

    /// <summary>SORTBY; null for the score.</summary>
    public string? SortBy { get; private set; }

    /// <summary>SORTBY … DESC.</summary>
    public bool IsDescending { get; private set; }

    /// <summary>LIMIT.</summary>
    public int Offset { get; private set; }

    /// <summary>LIMIT.</summary>
    public int Count { get; private set; } = 10;

    /// <summary>TIMEOUT in milliseconds; 0 for the node's own.</summary>
    public int TimeoutMs { get; private set; }

    /// <summary>HIGHLIGHT and SUMMARIZE.</summary>
    public HighlightArguments Highlights { get; } = new();

    /// <summary>PARAMS as bytes.</summary>
    public Dictionary<string, byte[]> Blobs { get; } = new(StringComparer.Ordinal);

    /// <summary>PARAMS as text.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads all of them; what is wrong is the reader's error.</summary>
    public static FindArguments Read(ArgumentReader arguments)
    {
        var read = new FindArguments();
        while (!arguments.IsAtEnd)
        {
            if (!read.TakeFlag(arguments) && !read.TakeShown(arguments) && !read.TakeFilter(arguments)
                && !read.TakeShared(arguments))
                arguments.FailUnknown();
        }

        return read;
    }

    /// <summary>Takes PARAMS, DIALECT, TIMEOUT or VERBATIM, which FT.AGGREGATE and FT.EXPLAIN have too.</summary>
    public bool TakeShared(ArgumentReader arguments)
    {
        if (arguments.TryWord("VERBATIM"))
        {
            IsVerbatim = true;
        }
        else if (arguments.TryWord("TIMEOUT"))
        {
            TimeoutMs = (int)arguments.Whole("TIMEOUT", 0, int.MaxValue);
        }
        else if (arguments.TryWord("DIALECT"))
        {
            arguments.Whole("DIALECT", 2, 4);
        }
        else if (arguments.TryWord("PARAMS"))
        {
            TakeParameters(arguments);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void TakeParameters(ArgumentReader arguments)
    {
        var pairs = arguments.CountedBytes("PARAMS");
        if (pairs.Count % 2 != 0) arguments.Fail("Parameters must be specified in PARAM VALUE pairs");
        for (var i = 0; i + 1 < pairs.Count; i += 2)
        {
            var name = arguments.TextOf("PARAMS", pairs[i]);
            if (!Blobs.TryAdd(name, pairs[i + 1])) arguments.Fail($"Duplicate parameter `{name}`");
            // Of one that is no text only a vector can be made.
            if (Utf8.IsValid(pairs[i + 1])) Parameters[name] = Encoding.UTF8.GetString(pairs[i + 1]);
        }
    }

    private bool TakeFlag(ArgumentReader arguments)
    {
        if (arguments.TryWord("NOCONTENT")) HasNoContent = true;
        else if (arguments.TryWord("WITHSCORES")) WithScores = true;
        else if (arguments.TryWord("WITHSORTKEYS")) WithSortKeys = true;
        else if (arguments.TryWord("NOSTOPWORDS")) KeepsStopWords = true;
        else if (arguments.TryWord("INORDER")) Slop ??= 0;
        else if (arguments.TryWord("SLOP")) Slop = (int)arguments.Whole("SLOP", 0, int.MaxValue);
        else if (arguments.TryWord("LANGUAGE")) Language = arguments.Text("LANGUAGE").ToLowerInvariant();
        else if (arguments.TryWord("SCORER")) TakeScorer(arguments);
        else return false;
        return true;
    }

    private static void TakeScorer(ArgumentReader arguments)
    {
        var scorer = arguments.Text("SCORER");
        if (scorer.ToUpperInvariant() is not ("BM25" or "BM25STD"))
            arguments.Fail($"No such scorer {scorer}: hits are scored by BM25STD here");
    }

    private bool TakeShown(ArgumentReader arguments)
    {
        if (arguments.TryWord("LIMIT"))
        {
            Offset = (int)arguments.Whole("LIMIT", 0, int.MaxValue);
            Count = (int)arguments.Whole("LIMIT", 0, int.MaxValue);
            if ((long)Offset + Count > SearchRequest.HitsMax)
                arguments.Fail($"LIMIT exceeds maximum of {SearchRequest.HitsMax}");
        }
        else if (arguments.TryWord("SORTBY"))
        {
            SortBy = arguments.Text("SORTBY").TrimStart('@');
            IsDescending = arguments.TryWord("DESC");
            if (!IsDescending) arguments.TryWord("ASC");
            if (!arguments.TryWord("WITHCOUNT")) arguments.TryWord("WITHOUTCOUNT");
        }
        else if (arguments.TryWord("RETURN"))
        {
            TakeReturned(arguments);
        }
        else
        {
            return Highlights.TryTake(arguments);
        }

        return true;
    }

    // The count is of words: an AS and its name are two of them.
    private void TakeReturned(ArgumentReader arguments)
    {
        var words = arguments.Counted("RETURN");
        var returned = new List<ReturnedProperty>();
        for (var i = 0; i < words.Count; i++)
        {
            var name = words[i].TrimStart('@');
            var isRenamed = i + 1 < words.Count && words[i + 1].Equals("AS", StringComparison.OrdinalIgnoreCase);
            if (isRenamed && i + 2 >= words.Count)
                arguments.Fail("RETURN path AS name - must be accompanied with NAME");
            returned.Add(new ReturnedProperty(name, isRenamed && i + 2 < words.Count ? words[i + 2] : name));
            if (isRenamed) i += 2;
        }

        Returned = returned;
        HasNoContent |= returned.Count == 0;
    }

    private bool TakeFilter(ArgumentReader arguments)
    {
        if (arguments.TryWord("INKEYS"))
        {
            Keys = arguments.Counted("INKEYS");
            if (Keys.Count > PathsQuery.PathsMax)
                arguments.Fail($"INKEYS names {Keys.Count} keys; at most {PathsQuery.PathsMax} are allowed");
        }
        else if (arguments.TryWord("INFIELDS"))
        {
            Fields = arguments.Counted("INFIELDS");
        }
        else if (arguments.TryWord("FILTER"))
        {
            var field = arguments.Text("FILTER").TrimStart('@');
            var (from, includeFrom) = Bound(arguments);
            var (to, includeTo) = Bound(arguments);
            _filters.Add(new NumberNode(0, field, from, includeFrom, to, includeTo));
        }
        else if (arguments.TryWord("GEOFILTER"))
        {
            var field = arguments.Text("GEOFILTER").TrimStart('@');
            var (longitude, latitude) = (arguments.Number("GEOFILTER"), arguments.Number("GEOFILTER"));
            var (radius, unit) = (arguments.Number("GEOFILTER"), arguments.Text("GEOFILTER"));
            if (!GeoNode.IsUnit(unit)) arguments.Fail($"Invalid GeoFilter unit {unit}");
            else if (!(radius > 0)) arguments.Fail($"Invalid GeoFilter radius {Cell.Text(radius)}");
            _filters.Add(new GeoNode(0, field, longitude, latitude, radius, unit.ToLowerInvariant()));
        }
        else
        {
            return false;
        }

        return true;
    }

    private static (double Number, bool IsIncluded) Bound(ArgumentReader arguments)
    {
        var text = arguments.Text("FILTER");
        var isOpen = text.StartsWith('(');
        if (arguments.Error is null && !DialectCursor.TryNumber(isOpen ? text[1..] : text, out var number))
            arguments.Fail($"Bad {(isOpen ? "" : "lower or upper ")}range: {text}");
        else if (DialectCursor.TryNumber(isOpen ? text[1..] : text, out number))
            return (number, !isOpen);
        return (0, true);
    }
}
