using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Writes the answer of FT.SEARCH, in the forms of RediSearch 2 for RESP2 and RESP3.</summary>
internal sealed class FoundReply(RespReply reply, SearchIndex index, FindArguments options, NearestNode? nearest)
{
    /// <summary>What each hit has besides its key.</summary>
    private int Extras =>
        (options.WithScores ? 1 : 0) + (options.WithSortKeys ? 1 : 0) + (options.HasNoContent ? 0 : 1);

    private readonly JsonAllowance _left = new();
    private string? _error;

    /// <summary>
    /// All of it. What paths lead to is looked for before anything is written; too much of it is the answer's error.
    /// </summary>
    public void Write(SearchReply found)
    {
        List<(string Name, byte[] Value)>[] shown = options.HasNoContent ? [] : [.. found.Hits.Select(Properties)];
        if (_error is not null)
        {
            reply.Error(_error);
            return;
        }

        if (!reply.IsResp3)
        {
            reply.ArrayHead(1 + ((1 + Extras) * found.Hits.Count));
            reply.Integer(found.Total);
            for (var i = 0; i < found.Hits.Count; i++) WriteFlat(found.Hits[i], shown.ElementAtOrDefault(i));
            return;
        }

        reply.MapHead(5);
        reply.Bulk("attributes"u8);
        reply.ArrayHead(0);
        reply.Bulk("format"u8);
        reply.Bulk("STRING"u8);
        reply.Bulk("results"u8);
        reply.ArrayHead(found.Hits.Count);
        for (var i = 0; i < found.Hits.Count; i++) WriteMap(found.Hits[i], shown.ElementAtOrDefault(i));
        reply.Bulk("total_results"u8);
        reply.Integer(found.Total);
        reply.Bulk("warning"u8);
        reply.ArrayHead(0);
    }

    private void WriteFlat(SearchHit hit, List<(string Name, byte[] Value)>? properties)
    {
        reply.Bulk(hit.Path);
        if (options.WithScores) reply.Bulk(Score(hit));
        if (options.WithSortKeys) WriteSortKey(hit);
        if (properties is not null) WriteProperties(properties, isMap: false);
    }

    private void WriteMap(SearchHit hit, List<(string Name, byte[] Value)>? properties)
    {
        reply.MapHead(2 + Extras);
        reply.Bulk("id"u8);
        reply.Bulk(hit.Path);
        if (options.WithScores)
        {
            reply.Bulk("score"u8);
            reply.Double(hit.Score);
        }

        if (options.WithSortKeys)
        {
            reply.Bulk("sortkey"u8);
            WriteSortKey(hit);
        }

        if (properties is not null)
        {
            reply.Bulk("extra_attributes"u8);
            WriteProperties(properties, isMap: true);
        }

        reply.Bulk("values"u8);
        reply.ArrayHead(0);
    }

    private static string Score(SearchHit hit) => ((double)hit.Score).ToString("R", CultureInfo.InvariantCulture);

    private void WriteSortKey(SearchHit hit)
    {
        var value = hit.SortValues.Count > 0 ? hit.SortValues[0] : default;
        if (value.Text is { } text) reply.Bulk("$" + text);
        else if (value.Whole is { } whole) reply.Bulk("#" + whole.ToString(CultureInfo.InvariantCulture));
        else if (value.Number is { } number) reply.Bulk("#" + number.ToString("R", CultureInfo.InvariantCulture));
        else reply.Null();
    }

    private List<(string Name, byte[] Value)> Properties(SearchHit hit)
    {
        if (_error is not null) return [];
        var properties = index.IsHash ? OfHash(hit) : OfJson(hit);
        if (nearest is not null && IsReturned(nearest.ScoreName))
        {
            var distance = Cell.Text(index.Distance(nearest, hit.Score));
            properties.Insert(0, (nearest.ScoreName, Encoding.UTF8.GetBytes(distance)));
        }

        return properties;
    }

    private void WriteProperties(List<(string Name, byte[] Value)> properties, bool isMap)
    {
        if (isMap) reply.MapHead(properties.Count);
        else reply.ArrayHead(2 * properties.Count);
        foreach (var (name, value) in properties)
        {
            reply.Bulk(name);
            reply.Bulk(value);
        }
    }

    private bool IsReturned(string name) => options.Returned?.Any(one => one.Name == name) ?? true;

    private List<(string Name, byte[] Value)> OfHash(SearchHit hit)
    {
        var map = HashMap.OfDocument(hit.Source.Span);
        var properties = new List<(string, byte[])>();
        if (options.Returned is null)
        {
            foreach (var field in map)
            {
                var name = Encoding.UTF8.GetString(field.Name);
                properties.Add((name, Shown(hit, name, field.Value.ToArray())));
            }

            return properties;
        }

        foreach (var one in options.Returned)
        {
            var member = index.Find(one.Name)?.Name ?? one.Name;
            if (map.TryGet(Encoding.UTF8.GetBytes(member), out var value))
                properties.Add((one.Shown, Shown(hit, member, value.ToArray())));
        }

        return properties;
    }

    private List<(string Name, byte[] Value)> OfJson(SearchHit hit)
    {
        var properties = new List<(string, byte[])>();
        using var document = JsonDocument.Parse(hit.Source);
        _left.Grant(hit.Source.Length, Math.Max(1, options.Returned?.Count ?? 1));
        if (options.Returned is null)
        {
            if (options.SortBy is { } by && index.Find(by) is { } key
                && Member(hit, document, key.Name) is { } sorted)
                properties.Add((by, sorted));
            properties.Add(("$", hit.Source.ToArray()));
            return properties;
        }

        foreach (var one in options.Returned)
        {
            var member = index.Find(one.Name)?.Name ?? one.Name;
            if (one.Name == "$") properties.Add((one.Shown, hit.Source.ToArray()));
            else if (Member(hit, document, member) is { } value) properties.Add((one.Shown, value));
        }

        return properties;
    }

    // Texts without quotes, everything else as its JSON.
    private byte[]? Member(SearchHit hit, JsonDocument document, string name)
    {
        var source = name.StartsWith('$') && JsonPath.TryParse(name, out var path, out _)
            ? PropertySource.OfPath(index, path, name)
            : PropertySource.OfMember(index, null, name, asWritten: true);
        var value = source.Read(document.RootElement, _left, out var isAll);
        if (!isAll) _error = JsonPath.TooMany(name);
        return value.IsNone ? null : Shown(hit, name, Encoding.UTF8.GetBytes(value.AsText()));
    }

    private byte[] Shown(SearchHit hit, string member, byte[] value)
    {
        foreach (var highlight in hit.Highlights)
            if (highlight.Field == member && highlight.Fragments.Count > 0) return Joined(highlight);
        return value;
    }

    private byte[] Joined(Highlight highlight) => Encoding.UTF8.GetBytes(
        index.Find(highlight.Field) is { } field && options.Highlights.Cuts(field)
            ? string.Concat(highlight.Fragments.Select(fragment => fragment + options.Highlights.Separator))
            : string.Join(' ', highlight.Fragments));
}
