using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// What a query of RediSearch means to an index: the query tree that every front end sends. One query.
/// </summary>
/// <param name="index">Whose attributes the query names.</param>
/// <param name="keepsStopWords">Whether stop words are looked for too.</param>
/// <param name="blobs">Parameters as bytes, for vectors.</param>
internal sealed class DialectMeaning(
    SearchIndex index, bool keepsStopWords, IReadOnlyDictionary<string, byte[]> blobs)
{
    private static readonly QueryNode Nothing = new BooleanQuery([], [], [], []) { MinimumShouldMatch = 1 };

    /// <summary>What is wrong; null when nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>The query tree. After an error it is of no use.</summary>
    /// <param name="node">What was written.</param>
    /// <param name="fields">Text attributes that words are looked for in.</param>
    public QueryNode Of(DialectNode node, IReadOnlyList<FieldSchema> fields) => Meaning(node, fields) ?? Nothing;

    /// <summary>The text attributes that some names name.</summary>
    public IReadOnlyList<FieldSchema> TextFields(IReadOnlyList<string> names, int at)
    {
        var found = new List<FieldSchema>();
        foreach (var name in names)
            if (Field(name, at, FieldType.Text) is { } field) found.Add(field);
        return found;
    }

    // Null: nothing is left to look for, such as of a stop word.
    private QueryNode? Meaning(DialectNode node, IReadOnlyList<FieldSchema> fields)
    {
        switch (node)
        {
            case AllNode:
                return new MatchAllQuery();
            case WordNode word:
                return IsStopWord(word.Text) ? null : InEach(fields, field => Synonyms(field, word.Text));
            case PhraseNode phrase:
                return InEach(fields, field => Phrase(field, phrase.Text, 0));
            case AffixNode affix:
                return InEach(fields, field => Affix(field.Name, affix));
            case PatternNode pattern:
                return InEach(fields, field => new WildcardQuery(field.Name, pattern.Pattern));
            case FuzzyNode fuzzy:
                return InEach(fields, field => new FuzzyQuery(field.Name, fuzzy.Text, fuzzy.Edits, 0));
            case NumberNode number:
                return Number(number);
            case TagNode tag:
                return Tag(tag);
            case GeoNode geo:
                return Place(geo);
            case NearestNode nearest:
                return Nearest(nearest, fields);
            case VectorRangeNode range:
                return range.Name is null
                    ? Nearest(range.ToNearest(new AllNode(range.At)), fields)
                    : Failed($"$yield_distance_as at offset {range.At} is for a VECTOR_RANGE that the whole query "
                        + "needs");
            case MissingNode missing:
                return Field(missing.Field, missing.At) is { } absent
                    ? new BooleanQuery([], [], [new ExistsQuery(absent.Name)], [new MatchAllQuery()])
                    : null;
            case ScopeNode scope:
                return Meaning(scope.Inner, TextFields(scope.Fields, scope.At));
            case WeightNode weight:
                var inner = Meaning(weight.Inner, fields);
                return inner is null ? null : inner with { Boost = (float)(inner.Boost * weight.Weight) };
            case OrNode any:
                return Any([.. any.Parts.Select(part => Meaning(part, fields)).OfType<QueryNode>()]);
            default:
                return All(node is AndNode all ? all : new AndNode(node.At, [node]), fields);
        }
    }

    private QueryNode? All(AndNode all, IReadOnlyList<FieldSchema> fields)
    {
        if (all.Slop is { } slop) return Near(all, slop, fields);
        var must = new List<QueryNode>();
        var should = new List<QueryNode>();
        var not = new List<QueryNode>();
        var filters = new List<QueryNode>();
        foreach (var part in all.Parts)
        {
            var (list, inner) = part switch
            {
                // How near it is does not count.
                VectorRangeNode => (filters, part),
                NotNode negated => (not, negated.Inner),
                OptionalNode optional => (should, optional.Inner),
                _ => (must, part),
            };
            if (Meaning(inner, fields) is { } meaning) list.Add(meaning);
        }

        if (must.Count + should.Count + not.Count + filters.Count == 0) return null;
        if (must.Count == 1 && should.Count + not.Count + filters.Count == 0) return must[0];
        if (must.Count + filters.Count == 0) filters.Add(new MatchAllQuery());
        return new BooleanQuery(must, should, not, filters);
    }

    private QueryNode? Near(AndNode all, int slop, IReadOnlyList<FieldSchema> fields)
    {
        if (all.Parts.Any(part => part is not WordNode))
            return Failed($"SLOP and INORDER are for words alone; at offset {all.At} there is something else");
        var words = string.Join(' ', all.Parts.Cast<WordNode>().Select(word => word.Text).Where(w => !IsStopWord(w)));
        return InEach(fields, field => Phrase(field, words, slop));
    }

    private static QueryNode? Any(IReadOnlyList<QueryNode> parts) => parts.Count switch
    {
        0 => null,
        1 => parts[0],
        _ => new BooleanQuery([], parts, [], []),
    };

    private static QueryNode? InEach(IReadOnlyList<FieldSchema> fields, Func<FieldSchema, QueryNode> make) =>
        Any([.. fields.Select(field => make(field) with { Boost = field.Weight })]);

    private QueryNode Synonyms(FieldSchema field, string word) =>
        Any([.. index.SynonymsOf(word).Select(one => Words(field, one))])!;

    private static MatchQuery Words(FieldSchema field, string text) => new(field.Name, text, AllWords: true);

    private static QueryNode Phrase(FieldSchema field, string text, int slop) => field.Positions
        ? new PhraseQuery(field.Name, text, slop)
        : Words(field, text);

    private static QueryNode Affix(string field, AffixNode affix)
    {
        if (!affix.AnyBefore) return new PrefixQuery(field, affix.Text);
        var pattern = new StringBuilder("*");
        foreach (var c in affix.Text)
        {
            if (c is '*' or '?' or '\\') pattern.Append('\\');
            pattern.Append(c);
        }

        return new WildcardQuery(field, pattern.Append(affix.AnyBehind ? "*" : "").ToString());
    }

    private RangeQuery? Number(NumberNode number)
    {
        if (Field(number.Field, number.At, FieldType.Number, FieldType.Integer, FieldType.Date) is not { } field)
            return null;
        return new RangeQuery(
            field.Name, Bound(field, number.From), Bound(field, number.To), number.IncludeFrom, number.IncludeTo);
    }

    private GeoDistanceQuery? Place(GeoNode geo)
    {
        var metres = geo.Unit.ToUpperInvariant() switch { "KM" => 1_000, "MI" => 1_609.344, "FT" => 0.3048, _ => 1.0 };
        return Field(geo.Field, geo.At, FieldType.GeoPoint) is { } field
            ? new GeoDistanceQuery(field.Name, new GeoPoint(geo.Latitude, geo.Longitude), geo.Radius * metres)
            : null;
    }

    private QueryNode? Nearest(NearestNode nearest, IReadOnlyList<FieldSchema> fields)
    {
        if (Field(nearest.Field, nearest.At, FieldType.DenseVector) is not { Vector: { } options } field) return null;
        if (!blobs.TryGetValue(nearest.Query, out var blob)) return Failed($"No such parameter `{nearest.Query}`");
        if (blob.Length != options.Dims * sizeof(float))
        {
            return Failed("Error parsing vector similarity query: query vector blob size "
                + $"({blob.Length}) does not match index's expected size ({options.Dims * sizeof(float)}).");
        }

        var filter = nearest.Inner is AllNode ? null : Meaning(nearest.Inner, fields) ?? Nothing;
        return new KnnQuery(field.Name, MemoryMarshal.Cast<byte, float>(blob).ToArray(), nearest.Count)
        {
            Filter = filter,
            ScoreMin = nearest.Radius is { } radius ? (float)SearchIndex.ScoreAt(options.Similarity, radius) : null,
            Exact = nearest.Radius is not null,
            Candidates = Math.Max(nearest.Count, nearest.Candidates ?? KnnQuery.CandidatesFor(nearest.Count)),
        };
    }

    private static string? Bound(FieldSchema field, double bound)
    {
        if (double.IsInfinity(bound)) return null;
        var isWhole = field.Type != FieldType.Number && bound == Math.Floor(bound) && Math.Abs(bound) < 9e18;
        return isWhole
            ? ((long)bound).ToString(CultureInfo.InvariantCulture)
            : bound.ToString("R", CultureInfo.InvariantCulture);
    }

    private QueryNode? Tag(TagNode tag)
    {
        if (Field(tag.Field, tag.At, FieldType.Keyword, FieldType.Boolean) is not { } field) return null;
        var any = new List<QueryNode>();
        foreach (var one in tag.Tags)
        {
            any.Add(one switch
            {
                AffixNode affix => Affix(field.Name, affix),
                PatternNode pattern => new WildcardQuery(field.Name, pattern.Pattern),
                PhraseNode phrase => new TermQuery(field.Name, phrase.Text),
                WordNode word => new TermQuery(field.Name, word.Text),
                _ => throw new InvalidOperationException($"{one.GetType().Name} is no tag."),
            });
        }

        return Any(any);
    }

    private bool IsStopWord(string word) => !keepsStopWords && index.StopWords.Contains(word.ToLowerInvariant());

    private FieldSchema? Field(string name, int at, params ReadOnlySpan<FieldType> allowed)
    {
        if (index.Find(name) is not { } field)
        {
            Failed($"Unknown field at offset {at} near {name}");
            return null;
        }

        if (allowed.IsEmpty || allowed.Contains(field.Type)) return field;
        Failed($"Field `{name}` is {SearchIndex.TypeOf(field.Type)}, at offset {at}; this part of a query is for "
            + SearchIndex.TypeOf(allowed[0]));
        return null;
    }

    private QueryNode? Failed(string error)
    {
        Error ??= error;
        return null;
    }
}
