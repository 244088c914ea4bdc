using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>The document rows that bulk requests and scan pages share: path, version, JSON (empty deletes).</summary>
internal static class DocumentCodec
{
    public static void Write(ref MessagePackWriter writer, IReadOnlyList<BulkDocument> documents)
    {
        writer.WriteArrayHeader(documents.Count);
        for (var i = 0; i < documents.Count; i++)
        {
            var document = documents[i];
            writer.WriteArrayHeader(3);
            writer.Write(document.Path);
            writer.Write(document.Version);
            writer.Write(document.Json.Span);
        }
    }

    public static BulkDocument Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("document", 3);
        var document = new BulkDocument(
            reader.Text("document.path", ProtocolLimits.PathBytesMax),
            reader.UInt64("document.version"),
            reader.Bytes("document.json"));
        reader.EndRecord(fields, 3);
        return document;
    }
}
