using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Schemas and lists of collections as MessagePack. Reading never throws; errors name the field.</summary>
public static class CollectionCodec
{
    private static readonly LaterFields<CollectionSchema>[] LaterOfSchema =
    [
        new(
            1, static schema => schema.Mapping != MappingMode.Ignore,
            static (ref writer, schema) => writer.Write((byte)schema.Mapping)),
        new(
            4,
            static schema => schema.OwnPrefix is not null || schema.Shape != 0 || schema.IgnoreMalformed
                || schema.QueryStopWords is not null,
            static (ref writer, schema) =>
            {
                writer.Write(schema.OwnPrefix);
                writer.Write((byte)schema.Shape);
                writer.Write(schema.IgnoreMalformed);
                if (schema.QueryStopWords is { } words) QueryNodeCodec.WriteTexts(ref writer, words);
                else writer.WriteNil();
            }),
        new(
            1, static schema => schema.Analysis is not null,
            static (ref writer, schema) => AnalysisCodec.WriteSchema(ref writer, schema.Analysis)),
    ];

    private static readonly LaterFields<FieldSchema>[] LaterOfField =
    [
        new(
            2, static field => !field.Positions || !field.Norms,
            static (ref writer, field) =>
            {
                writer.Write(field.Positions);
                writer.Write(field.Norms);
            }),
        new(
            4, static field => field.Separator != "" || field.FoldCase || field.Alias != "" || field.Weight != 1,
            static (ref writer, field) =>
            {
                writer.Write(field.Separator);
                writer.Write(field.FoldCase);
                writer.Write(field.Alias);
                writer.Write(field.Weight);
            }),
        new(1, static field => field.Vector is not null, VectorCodec.WriteOptions),
        new(1, static field => field.Instant, static (ref writer, field) => writer.Write(field.Instant)),
        new(
            2, static field => field.SearchAnalyzer is not null || field.Sources.Count > 0,
            static (ref writer, field) =>
            {
                writer.Write(field.SearchAnalyzer);
                QueryNodeCodec.WriteTexts(ref writer, field.Sources);
            }),
        new(
            1, static field => field.LongitudeFirst,
            static (ref writer, field) => writer.Write(field.LongitudeFirst)),
    ];

    private static readonly LaterFields<CollectionStatus>[] LaterOfStatus =
    [
        new(2, static status => status.Aliases.Count > 0 || status.Reindex is not null, WriteChanges),
    ];

    /// <summary>Writes a schema.</summary>
    public static void Write(IBufferWriter<byte> output, CollectionSchema message)
    {
        var writer = new MessagePackWriter(output);
        WriteSchema(ref writer, message);
        writer.Flush();
    }

    /// <summary>Writes a list.</summary>
    public static void Write(IBufferWriter<byte> output, CollectionList message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(1);
        writer.WriteArrayHeader(message.Collections.Count);
        for (var i = 0; i < message.Collections.Count; i++)
        {
            var collection = message.Collections[i];
            var later = LaterFields<CollectionStatus>.Begin(ref writer, collection, 4, LaterOfStatus);
            WriteSchema(ref writer, collection.Schema);
            writer.Write(collection.Documents);
            writer.Write(collection.Searchable);
            writer.Write(collection.Bytes);
            LaterFields<CollectionStatus>.WriteGroups(ref writer, collection, LaterOfStatus, later);
        }

        writer.Flush();
    }

    /// <summary>Writes a change.</summary>
    public static void Write(IBufferWriter<byte> output, CollectionChange message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.Write((byte)message.Kind);
        writer.Write(message.Name);
        writer.Write(message.Target);
        if (message.Schema is { } schema) WriteSchema(ref writer, schema);
        else writer.WriteNil();
        writer.Write(message.Version);
        writer.Flush();
    }

    /// <summary>Reads a change; whether it makes sense is the leaf's to say.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out CollectionChange? message, out string? error) =>
        BodyReader.TryRead(body, ReadChange, out message, out error);

    /// <summary>
    /// Reads a schema. Whether its name, its fields and its analyzers make sense is the leaf's to say; bounds hold.
    /// </summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out CollectionSchema? message, out string? error) =>
        BodyReader.TryRead(body, ReadSchema, out message, out error);

    /// <summary>Reads a list.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out CollectionList? message, out string? error) =>
        BodyReader.TryRead(body, ReadList, out message, out error);

    private static void WriteSchema(ref MessagePackWriter writer, CollectionSchema schema)
    {
        var later = LaterFields<CollectionSchema>.Begin(ref writer, schema, 2, LaterOfSchema);
        writer.Write(schema.Name);
        writer.WriteArrayHeader(schema.Fields.Count);
        for (var i = 0; i < schema.Fields.Count; i++) WriteField(ref writer, schema.Fields[i]);
        LaterFields<CollectionSchema>.WriteGroups(ref writer, schema, LaterOfSchema, later);
    }

    private static void WriteField(ref MessagePackWriter writer, FieldSchema field)
    {
        var later = LaterFields<FieldSchema>.Begin(ref writer, field, 4, LaterOfField);
        writer.Write(field.Name);
        writer.Write((byte)field.Type);
        writer.Write(field.Analyzer);
        writer.Write(field.StopWords);
        LaterFields<FieldSchema>.WriteGroups(ref writer, field, LaterOfField, later);
    }

    private static CollectionSchema ReadSchema(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("schema", 2);
        var schema = new CollectionSchema
        {
            Name = reader.Text("schema.name", MessageLimits.NameBytesMax),
            Fields = reader.List("schema.fields", CollectionSchema.FieldsMax, ReadField),
            Mapping = fields > 2
                ? (MappingMode)reader.Int32("schema.mapping", 0, (int)MappingMode.Dynamic)
                : MappingMode.Ignore,
            OwnPrefix = fields > 3 && !reader.TryNil("schema.ownPrefix")
                ? reader.Text("schema.ownPrefix", CollectionSchema.PrefixBytesMax)
                : null,
            Shape = fields > 4
                ? (DocumentShape)reader.Int32("schema.shape", 0, (int)DocumentShape.Hash)
                : DocumentShape.Json,
            IgnoreMalformed = fields > 5 && reader.Boolean("schema.ignoreMalformed"),
            QueryStopWords = fields > 6 && !reader.TryNil("schema.queryStopWords")
                ? reader.Texts("schema.queryStopWords", CollectionSchema.StopWordsMax, MessageLimits.TermBytesMax)
                : null,
            Analysis = fields > 7 ? AnalysisCodec.ReadSchema(ref reader) : null,
        };
        reader.EndRecord(fields, 8);
        return schema;
    }

    private static FieldSchema ReadField(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("field", 2);
        var field = new FieldSchema
        {
            Name = reader.Text("field.name", MessageLimits.FieldNameBytesMax),
            Type = (FieldType)reader.Int32("field.type", (int)FieldType.Text, (int)FieldType.Completion),
            Analyzer = fields > 2 ? reader.Text("field.analyzer", MessageLimits.NameBytesMax) : "standard",
            StopWords = fields > 3 && reader.Boolean("field.stopWords"),
            Positions = fields <= 4 || reader.Boolean("field.positions"),
            Norms = fields <= 5 || reader.Boolean("field.norms"),
            Separator = fields > 6 ? reader.Text("field.separator", MessageLimits.FieldNameBytesMax) : "",
            FoldCase = fields > 7 && reader.Boolean("field.foldCase"),
            Alias = fields > 8 ? reader.Text("field.alias", MessageLimits.FieldNameBytesMax) : "",
            Weight = fields > 9 ? (float)reader.Double("field.weight") : 1,
            Vector = fields > 10 && !reader.TryNil("field.vector") ? VectorCodec.ReadOptions(ref reader) : null,
            Instant = fields > 11 && reader.Boolean("field.instant"),
            SearchAnalyzer = fields > 12
                ? reader.TextOrNull("field.searchAnalyzer", MessageLimits.NameBytesMax)
                : null,
            Sources = fields > 13
                ? [.. reader.Texts("field.sources", CollectionSchema.SourcesMax, MessageLimits.FieldNameBytesMax)]
                : FieldNames.None,
            LongitudeFirst = fields > 14 && reader.Boolean("field.longitudeFirst"),
        };
        reader.EndRecord(fields, 15);
        return field;
    }

    private static CollectionList ReadList(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("collections", 1);
        var message = new CollectionList(
            reader.List("collections.list", MessageLimits.CollectionsMax, ReadStatus));
        reader.EndRecord(fields, 1);
        return message;
    }

    private static CollectionStatus ReadStatus(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("collection", 4);
        var status = new CollectionStatus(
            ReadSchema(ref reader),
            reader.Int64("collection.documents"),
            reader.Int64("collection.searchable"),
            reader.Int64("collection.bytes"))
        {
            Aliases = fields > 4
                ? reader.Texts("collection.aliases", MessageLimits.AliasesMax, MessageLimits.NameBytesMax)
                : [],
            Reindex = fields > 5 && !reader.TryNil("collection.reindex") ? ReadReindex(ref reader) : null,
        };
        reader.EndRecord(fields, 6);
        return status;
    }

    private static void WriteChanges(ref MessagePackWriter writer, CollectionStatus status)
    {
        QueryNodeCodec.WriteTexts(ref writer, status.Aliases);
        if (status.Reindex is not { } reindex)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(5);
        WriteSchema(ref writer, reindex.Schema);
        writer.Write(reindex.Copied);
        writer.Write(reindex.Documents);
        writer.Write(reindex.IsReady);
        writer.Write(reindex.Problem);
    }

    private static ReindexStatus ReadReindex(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("reindex", 5);
        var status = new ReindexStatus(
            ReadSchema(ref reader),
            reader.Int64("reindex.copied"),
            reader.Int64("reindex.documents"),
            reader.Boolean("reindex.isReady"),
            reader.TextOrNull("reindex.problem", MessageLimits.ProseBytesMax));
        reader.EndRecord(fields, 5);
        return status;
    }

    private static CollectionChange ReadChange(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("change", 5);
        var change = new CollectionChange
        {
            Kind = (CollectionChangeKind)reader.Int32(
                "change.kind", (int)CollectionChangeKind.Drop, (int)CollectionChangeKind.FindReindex),
            Name = reader.Text("change.name", MessageLimits.NameBytesMax),
            Target = reader.Text("change.target", MessageLimits.NameBytesMax),
            Schema = reader.TryNil("change.schema") ? null : ReadSchema(ref reader),
            Version = reader.UInt64("change.version"),
        };
        reader.EndRecord(fields, 5);
        return change;
    }
}
