using System.Buffers;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>Collects documents as lines and writes many at once. Not thread-safe.</summary>
internal sealed class ExportLines
{
    private const int FlushBytes = 256 * 1024;
    private readonly ArrayBufferWriter<byte> _lines = new(FlushBytes * 2);
    private readonly bool _withMeta;

    public ExportLines(bool withMeta)
    {
        _withMeta = withMeta;
    }

    /// <summary>Whether it is time to flush.</summary>
    public bool IsFull => _lines.WrittenCount >= FlushBytes;

    public void Add(in BulkDocument document)
    {
        if (!_withMeta && !document.Json.Span.ContainsAny((byte)'\n', (byte)'\r'))
        {
            _lines.Write(document.Json.Span);
        }
        else
        {
            // A document stored with line breaks between its members is written again without them.
            using var json = new Utf8JsonWriter(_lines);
            if (_withMeta) WriteWithMeta(json, document);
            else WriteDocument(json, document.Json);
        }

        _lines.Write("\n"u8);
    }

    public async Task FlushAsync(Stream output, CancellationToken cancel)
    {
        await output.WriteAsync(_lines.WrittenMemory, cancel);
        _lines.ResetWrittenCount();
    }

    private static void WriteWithMeta(Utf8JsonWriter json, in BulkDocument document)
    {
        json.WriteStartObject();
        json.WriteString("path", document.Path);
        json.WriteNumber("version", document.Version);
        json.WritePropertyName("document");
        WriteDocument(json, document.Json);
        json.WriteEndObject();
    }

    private static void WriteDocument(Utf8JsonWriter json, ReadOnlyMemory<byte> document)
    {
        using var parsed = JsonDocument.Parse(document);
        parsed.RootElement.WriteTo(json);
    }
}
