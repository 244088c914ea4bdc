using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>What has to be so of answers, and how a search is told where it is not.</summary>
internal static partial class AnyAsserts
{
    public static void Same(IReadOnlyList<SearchHit> expected, IReadOnlyList<SearchHit> actual)
    {
        Assert.Equal(expected.Select(hit => hit.Path), actual.Select(hit => hit.Path));
        for (var i = 0; i < expected.Count; i++)
        {
            var (one, other) = (Show(expected[i]), Show(actual[i]));
            Assert.True(one == other, $"hit {i} of {expected.Count}\n{one}\n and not\n{other}");
        }
    }

    public static void SameAggregations(
        IReadOnlyList<AggregationResult> expected, IReadOnlyList<AggregationResult> actual) =>
        Assert.Equal(Text(expected), Text(actual));

    /// <summary>All hits are there, each with its values, in the order that these give.</summary>
    public static void Hold(SearchRequest request, SearchReply reply, IReadOnlyList<AnyDocument> live)
    {
        var byPath = live.ToDictionary(document => document.Path);
        if (AnyModel.Knows(request.Query))
        {
            Assert.Equal(
                live.Where(document => AnyModel.Matches(request.Query, document)).Select(document => document.Path)
                    .Order(StringComparer.Ordinal),
                reply.Hits.Select(hit => hit.Path).Order(StringComparer.Ordinal));
        }

        for (var i = 0; i < reply.Hits.Count; i++)
        {
            var hit = reply.Hits[i];
            Assert.True(hit.Score >= 0 && !float.IsNaN(hit.Score), $"{hit.Path} scores {hit.Score}");
            for (var key = 0; key < request.Sort.Count; key++)
                Assert.True(Told(request.Sort[key], hit, byPath[hit.Path]) is not { } value
                    || value == hit.SortValues[key], $"{Show(hit)} at {request.Sort[key]}");
            if (hit.Explanation is { } explanation)
                Assert.True(IsNear(explanation.Value, hit.Score), $"{explanation.Value} explains {hit.Score}");
            if (i == 0) continue;
            var before = reply.Hits[i - 1];
            Assert.True(Order(request, before, hit) < 0, $"{Show(before)} before {Show(hit)}");
        }
    }

    public static string Show(SearchRequest request) =>
        $"{Show(request.Query)} sort [{string.Join("; ", request.Sort)}] size {request.Size} from {request.From}"
        + $" min {request.MinScore} total {request.ExactTotal} {request.TotalUpTo} groups {request.Collapse?.Field}"
        + $" marked {string.Join(';', request.Highlighting)} {string.Join(',', request.HighlightFields)}"
        + $" after {(request.After is { } after ? string.Join(',', after.Values) + " " + after.Path : "")}"
        + $" scores {request.TrackScores}";

    public static string Show(QueryNode query)
    {
        var fields = Lists().Replace(query.ToString(), "[]");
        var listed = query switch
        {
            TermsQuery terms => string.Join('|', terms.Values),
            PathsQuery paths => string.Join('|', paths.Paths),
            FunctionScoreQuery scored => string.Join('|', scored.Functions),
            BooleanQuery group => $"{group.Must.Count} {group.Should.Count} {group.MustNot.Count} {group.Filter.Count}",
            _ => "",
        };
        return $"{fields} {listed} ({string.Join("; ", query.Children().Select(Show))})";
    }

    private static string Show(SearchHit hit)
    {
        var score = hit.Score.ToString("R", CultureInfo.InvariantCulture);
        var marked = hit.Highlights.Select(one => $"{one.Field}={one.Snippet}{string.Join('~', one.Fragments)}");
        return $"{hit.Path} {score} [{string.Join("; ", hit.SortValues)}] {hit.Group} {string.Join('|', marked)} "
            + $"{Encoding.UTF8.GetString(hit.Fields.Span)} {Encoding.UTF8.GetString(hit.Source.Span)} "
            + hit.Explanation?.Value;
    }

    /// <summary>The value of a key; null where the model does not know it.</summary>
    private static SortValue? Told(Protocol.SortKey key, SearchHit hit, AnyDocument document)
    {
        if (key.Field == Protocol.SortKey.Score) return SortValue.Of((double)hit.Score);
        if (key.Field == Protocol.SortKey.Path) return SortValue.Of(hit.Path);
        if (key.Distance is not null) return null;
        var value = AnyModel.KeyOf(document, key.Field, key.Mode is { } mode ? mode == ValueMode.Max : key.Descending);
        return value.IsMissing && key.Missing is not null ? null : value;
    }

    private static int Order(SearchRequest request, SearchHit one, SearchHit other)
    {
        if (request.Sort.Count == 0 && one.Score != other.Score) return other.Score.CompareTo(one.Score);
        for (var i = 0; i < request.Sort.Count; i++)
        {
            var (key, a, b) = (request.Sort[i], one.SortValues[i], other.SortValues[i]);
            if (a.IsMissing && b.IsMissing) continue;
            if (a.IsMissing || b.IsMissing) return a.IsMissing == key.MissingFirst ? -1 : 1;
            var order = AnyModel.Compare(a, b);
            if (order != 0) return key.Descending ? -order : order;
        }

        return AnyModel.InBytes(one.Path, other.Path);
    }

    private static bool IsNear(float one, float other) => Math.Abs(one - other) <= 1e-5f + (Math.Abs(other) * 1e-5f);

    private static string Text(IReadOnlyList<AggregationResult> results) => Versions().Replace(
        Encoding.UTF8.GetString(ResultJson.Write(results)!.Value.Utf8.Span), "");

    [GeneratedRegex("\"version\":\"[0-9]+\"")]
    private static partial Regex Versions();

    [GeneratedRegex(@"System\.[A-Za-z.]*(\[[^\]]*\]|`1\[[^\]]*\])?(\[\])?")]
    private static partial Regex Lists();
}
