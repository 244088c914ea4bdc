using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Reads what stands for words, tags, numbers and places in a query. One thread.</summary>
internal sealed class DialectValues(DialectCursor cursor)
{
    /// <summary>A word, a phrase, a part of a word, a pattern, a fuzzy word, or all.</summary>
    public DialectNode? Value()
    {
        var at = cursor.At;
        if (cursor.TryTake("w'")) return Pattern(at);
        if (cursor.TryTake("\"")) return Phrase(at);
        if (cursor.Next == '%') return Fuzzy(at);
        if (cursor.TryTake("*")) return Affix(at);
        if (!cursor.TryParameter(out var text)) text = cursor.Word();
        if (cursor.Error is not null) return null;
        return cursor.TryTake("*") ? new AffixNode(at, text, false, true) : new WordNode(at, text);
    }

    /// <summary><c>[1 (5]</c>, or a place with its radius.</summary>
    public DialectNode? Bounds(int at, string field)
    {
        cursor.TryTake("[");
        cursor.SkipBlanks();
        if (cursor.TryTake("VECTOR_RANGE") || cursor.TryTake("vector_range")) return Within(at, field);
        var (first, includeFirst) = Bound();
        cursor.SkipBlanks();
        if (cursor.TryTake("]")) return new NumberNode(at, field, first, true, first, true);
        cursor.TryTake(",");
        var (second, includeSecond) = Bound();
        cursor.SkipBlanks();
        if (cursor.Error is not null) return null;
        if (cursor.TryTake("]")) return new NumberNode(at, field, first, includeFirst, second, includeSecond);
        var radius = cursor.Number();
        cursor.SkipBlanks();
        if (!cursor.TryParameter(out var unit)) unit = cursor.Word();
        if (!cursor.Expect("]")) return null;
        if (!GeoNode.IsUnit(unit)) cursor.Fail($"Invalid GeoFilter unit {unit}");
        else if (!(radius > 0)) cursor.Fail($"Invalid GeoFilter radius {radius}");
        return new GeoNode(at, field, first, second, radius, unit.ToLowerInvariant());
    }

    private VectorRangeNode? Within(int at, string field)
    {
        var radius = cursor.Number();
        if (!cursor.Expect("$")) return null;
        var query = cursor.Word();
        if (!cursor.Expect("]")) return null;
        if (radius is >= 0 and < double.PositiveInfinity) return new VectorRangeNode(at, field, radius, query);
        cursor.Fail($"Error parsing vector similarity query: negative radius ({Cell.Text(radius)}) given in a "
            + "range query");
        return null;
    }

    /// <summary><c>{a | b c | pre*}</c>.</summary>
    public TagNode? Tags(int at, string field)
    {
        cursor.TryTake("{");
        var tags = new List<DialectNode>();
        do
        {
            cursor.SkipBlanks();
            if (Tag() is { } tag) tags.Add(tag);
            cursor.SkipBlanks();
            if (tags.Count > DialectParser.PartsMax)
                cursor.Fail($"More than {DialectParser.PartsMax} tags are asked for");
        }
        while (cursor.TryTake("|"));
        return cursor.Expect("}") ? new TagNode(at, field, tags) : null;
    }

    /// <summary><c>[KNN 10 @vector $query EF_RUNTIME 100 AS name]</c>.</summary>
    public NearestNode? Nearest(DialectNode inner)
    {
        var at = cursor.At;
        cursor.TryTake("[");
        cursor.SkipBlanks();
        if (!cursor.Word().Equals("KNN", StringComparison.OrdinalIgnoreCase)) return Failed<NearestNode>(at);
        var count = cursor.Number();
        if (!(count is >= 1 and <= KnnQuery.CandidatesMax))
            cursor.Fail($"KNN {count} is not allowed; 1 to {KnnQuery.CandidatesMax} are");
        if (!cursor.Expect("@")) return null;
        var field = cursor.Word();
        if (!cursor.Expect("$")) return null;
        var node = new NearestNode(at, inner, field, (int)count, cursor.Word());
        while (cursor.Error is null)
        {
            cursor.SkipBlanks();
            if (cursor.TryTake("]")) return node;
            var wordAt = cursor.At;
            var word = cursor.Word().ToUpperInvariant();
            cursor.SkipBlanks();
            if (word == "AS") node = node with { Name = cursor.Word() };
            else if (word == "EF_RUNTIME") node = node with { Candidates = (int)Math.Clamp(cursor.Number(), 1, 1e4) };
            else return Failed<NearestNode>(wordAt);
        }

        return null;
    }

    private DialectNode? Tag()
    {
        var at = cursor.At;
        if (cursor.TryTake("w'")) return Pattern(at);
        if (cursor.TryTake("\"")) return Phrase(at);
        if (cursor.TryTake("'"))
        {
            var quoted = cursor.Until("'");
            cursor.TryTake("'");
            return new WordNode(at, quoted);
        }

        if (cursor.TryParameter(out var text)) return cursor.Error is null ? new WordNode(at, text) : null;
        var anyBefore = cursor.TryTake("*");
        var tag = cursor.Until("|}*").Trim();
        var anyBehind = cursor.TryTake("*");
        if (cursor.Error is not null) return null;
        if (tag == "") cursor.FailSyntax(at);
        return anyBefore || anyBehind ? new AffixNode(at, tag, anyBefore, anyBehind) : new WordNode(at, tag);
    }

    private (double Number, bool IsIncluded) Bound()
    {
        cursor.SkipBlanks();
        var isOpen = cursor.TryTake("(");
        return (cursor.Number(), !isOpen);
    }

    private PatternNode? Pattern(int at)
    {
        // Escapes within belong to the pattern, whose language has the same.
        var begin = cursor.At;
        var pattern = cursor.Until("'", keepsEscapes: true);
        return cursor.TryTake("'") && pattern != "" ? new PatternNode(at, pattern) : Failed<PatternNode>(begin);
    }

    private PhraseNode? Phrase(int at)
    {
        var text = cursor.Until("\"");
        return cursor.TryTake("\"") ? new PhraseNode(at, text) : null;
    }

    private FuzzyNode? Fuzzy(int at)
    {
        var signs = 0;
        while (cursor.TryTake("%")) signs++;
        if (!cursor.TryParameter(out var text)) text = cursor.Word();
        for (var i = 0; i < signs; i++)
            if (!cursor.TryTake("%")) return Failed<FuzzyNode>(at);
        if (text == "") return Failed<FuzzyNode>(at);
        if (signs <= 2) return new FuzzyNode(at, text, signs);
        cursor.Fail($"{signs} edits are asked for at offset {at}; at most 2 are allowed");
        return null;
    }

    private DialectNode Affix(int at)
    {
        if (!cursor.TryParameter(out var text)) text = cursor.Word();
        if (text == "") return new AllNode(at);
        return new AffixNode(at, text, true, cursor.TryTake("*"));
    }

    private T? Failed<T>(int at)
        where T : DialectNode
    {
        cursor.FailSyntax(at);
        return null;
    }
}
