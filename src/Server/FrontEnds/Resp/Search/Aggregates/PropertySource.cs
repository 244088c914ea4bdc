using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>What a property is of.</summary>
internal enum PropertyKind
{
    /// <summary>A member of the document.</summary>
    Member,

    /// <summary>The document's path.</summary>
    Key,

    /// <summary>The score.</summary>
    Score,

    /// <summary>The distance of a vector.</summary>
    Distance,
}

/// <summary>How one property is read from a document. Immutable, thread-safe.</summary>
internal sealed class PropertySource(PropertyKind kind)
{
    /// <summary>Bytes of the longest keyword that is indexed.</summary>
    private const int KeywordBytesMax = 8_192;

    private JsonPath _path = null!;
    private bool _isFlat;
    private bool _isOfPath;
    private FieldType? _type;
    private bool _isWhole;
    private bool _folds;
    private bool _asWritten;
    private string _name = "";

    /// <summary>What it is of.</summary>
    public PropertyKind Kind => kind;

    /// <summary>The member that a request for it names; empty for the whole document.</summary>
    public string Top { get; private init; } = "";

    /// <summary>A member, as the index takes it.</summary>
    /// <param name="index">The index.</param>
    /// <param name="field">The attribute; null where it is none.</param>
    /// <param name="member">Its name in documents.</param>
    /// <param name="asWritten">Whether texts are left as they are written.</param>
    public static PropertySource OfMember(SearchIndex index, FieldSchema? field, string member, bool asWritten)
    {
        var sorted = field is null || asWritten ? null : index.SortedOf(field);
        var keyword = sorted ?? (field is { Type: FieldType.Keyword, Separator: "", FoldCase: false } ? field : null);
        return new PropertySource(PropertyKind.Member)
        {
            _path = index.IsHash ? JsonPath.OfName(member) : JsonPath.OfMember(member),
            _name = member,
            _asWritten = asWritten && !index.IsHash,
            _isFlat = index.IsHash,
            _type = field?.Type,
            _isWhole = keyword is not null,
            _folds = keyword?.FoldCase ?? false,
            // A request takes dots for members within.
            Top = index.IsHash && member.Contains('.', StringComparison.Ordinal) ? "" : member,
        };
    }

    /// <summary>What a path leads to.</summary>
    /// <param name="index">The index.</param>
    /// <param name="path">The path.</param>
    /// <param name="text">How it was written.</param>
    public static PropertySource OfPath(SearchIndex index, JsonPath path, string text)
    {
        if (path.Member is not { } member)
            return new PropertySource(PropertyKind.Member) { _path = path, _isOfPath = true, _name = text };
        return OfMember(index, index.Find(member), member, asWritten: true);
    }

    /// <summary>Its value.</summary>
    /// <param name="root">The document.</param>
    /// <param name="left">What the command's paths may still look at and give.</param>
    /// <param name="isAll">False where the path leads to too much; then there is no value.</param>
    public Cell Read(JsonElement root, JsonAllowance left, out bool isAll)
    {
        var found = new List<JsonElement>();
        isAll = _isOfPath ? _path.TryFind(root, found, left) : _path.TryFindIndexed(root, found, left);
        if (!isAll) return Fail(left);
        if (_isOfPath) return found is [var value] ? Of(value) : Many(found, left, ref isAll);
        var plain = new List<JsonElement>();
        if (found.Count <= 1)
        {
            isAll = _path.TryFind(root, plain, left);
            if (!isAll) return Fail(left);
        }

        // One value by itself is no array, though the way to it may have led through arrays of one element.
        if (found is [var one] && plain is [var only] && only.ValueKind == one.ValueKind) return Of(one);
        var many = Many(found, left, ref isAll);
        // Nothing of it is indexed, but it is written there: [] or [null].
        var isShown = isAll && many.IsNone && _asWritten && plain is [{ ValueKind: JsonValueKind.Array }];
        return isShown ? Cell.Of(new JsonCells(plain[0].GetRawText(), [])) : many;
    }

    private Cell Many(List<JsonElement> found, JsonAllowance left, ref bool isAll)
    {
        if (found.Count == 0) return Cell.None;
        isAll = left.TryCharge(found.Sum(value => 1L + JsonMarshal.GetRawUtf8Value(value).Length));
        if (!isAll) return Fail(left);
        Cell[] cells = [.. found.Select(Of).Where(cell => !cell.IsNone)];
        return cells.Length == 0 ? Cell.None : Cell.Of(new JsonCells(Text(found), cells));
    }

    private Cell Fail(JsonAllowance left)
    {
        left.Fail(_name);
        return Cell.None;
    }

    private Cell Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => Cell.None,
        JsonValueKind.String => OfText(value.GetString()!),
        JsonValueKind.Number => OfText(value.GetRawText()),
        JsonValueKind.True => OfText("true"),
        JsonValueKind.False => OfText("false"),
        _ when _isWhole || _type is FieldType.Number => Cell.None,
        _ when _isFlat && BytesOf(value) is { } bytes => Cell.Of(System.Text.Encoding.UTF8.GetString(bytes)),
        _ => Cell.Of(value.GetRawText()),
    };

    private Cell OfText(string text)
    {
        if (_type == FieldType.Number)
        {
            var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number);
            // Both zeros are one.
            return isNumber ? Cell.Of(number == 0 ? 0 : number) : Cell.None;
        }

        if (_type == FieldType.Integer && DialectCursor.TryNumber(text, out var whole)) return Cell.Of(whole);
        if (!_isWhole) return Cell.Of(text);
        if (_folds) text = text.ToLowerInvariant();
        return System.Text.Encoding.UTF8.GetByteCount(text) > KeywordBytesMax ? Cell.None : Cell.Of(text);
    }

    private static byte[]? BytesOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("$base64", out var text)
        && text.ValueKind == JsonValueKind.String && text.TryGetBytesFromBase64(out var bytes)
            ? bytes
            : null;

    private static string Text(List<JsonElement> values) =>
        "[" + string.Join(',', values.Select(value => value.GetRawText())) + "]";
}
