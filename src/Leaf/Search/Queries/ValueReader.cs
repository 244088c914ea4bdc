using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Reads values of hits from columns: a JSON object with a list for each field that has any, in the order of the
/// document. One search.
/// </summary>
internal sealed class ValueReader
{
    /// <summary>Fields whose columns hold what documents said.</summary>
    private static readonly FieldType[] Types =
        [FieldType.Keyword, FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.Boolean];

    private readonly List<FieldSchema> _fields;
    private readonly ArrayBufferWriter<byte> _output = new();

    private ValueReader(List<FieldSchema> fields) => _fields = fields;

    /// <summary>A reader of some fields; null where none are wanted, or the problem says why.</summary>
    public static ValueReader? For(IReadOnlyList<string> names, CollectionFields fields, out string? problem)
    {
        problem = null;
        if (names.Count == 0) return null;
        var wanted = new List<FieldSchema>();
        foreach (var name in names)
        {
            var number = fields.Find(name);
            if (number >= 0 && !Types.Contains(fields.Fields[number].Type)) number = -1;
            if (number >= 0)
            {
                wanted.Add(fields.Fields[number]);
                continue;
            }

            if (!name.Contains('*', StringComparison.Ordinal) && !fields.TakesUnknown)
            {
                problem = $"field '{name}' has no values by column; the collection's fields that have are "
                    + fields.Names(Types);
                return null;
            }

            wanted.AddRange(NamePattern.Fitting(name, fields, Types));
        }

        return new ValueReader([.. wanted.DistinctBy(field => field.Name)]);
    }

    /// <summary>The values of a document.</summary>
    public byte[] Read(SegmentView view, int document)
    {
        _output.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(_output, SourceFilter.Relaxed);
        writer.WriteStartObject();
        foreach (var field in _fields)
        {
            if (view.Segment.Field(field.Name, field.Type) is not { } own || own.Column.Count(document) == 0) continue;
            writer.WriteStartArray(field.Name);
            for (var i = 0; i < own.Column.Count(document); i++) Write(writer, own, own.Column[document, i]);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.Flush();
        return _output.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, SegmentField field, long value)
    {
        switch (field.Type)
        {
            case FieldType.Keyword:
                var cursor = field.Terms!.Cursor();
                cursor.SeekOrdinal((int)value);
                writer.WriteStringValue(cursor.Term);
                break;
            case FieldType.Number:
                writer.WriteNumberValue(FieldValue.Number(value));
                break;
            case FieldType.Boolean:
                writer.WriteBooleanValue(value != 0);
                break;
            case FieldType.Date:
                WriteDate(writer, value);
                break;
            default:
                writer.WriteNumberValue(value);
                break;
        }
    }

    /// <summary>RFC 3339 where the calendar reaches, else milliseconds.</summary>
    private static void WriteDate(Utf8JsonWriter writer, long unixMs)
    {
        if (unixMs < DateTimeOffset.MinValue.ToUnixTimeMilliseconds()
            || unixMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            writer.WriteNumberValue(unixMs);
            return;
        }

        var date = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        writer.WriteStringValue(date.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
    }
}
