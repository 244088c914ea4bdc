using System.Buffers;
using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.CREATE, FT.ALTER, FT._LIST and FT.INFO.</summary>
internal static class IndexCommands
{
    /// <summary>FT.CREATE index [options] SCHEMA attribute …</summary>
    public static async ValueTask Create(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("index");
        var schema = IndexArguments.ReadIndex(arguments, name);
        if (schema is null)
        {
            call.Reply.Error(arguments.Error!);
            return;
        }

        var known = await IndexCatalog.StatusAsync(call, schema.Name);
        if (known is not null) call.Reply.Error("Index already exists");
        else if (call.Answer.Written.IsEmpty) await PutAsync(call, name, schema);
    }

    /// <summary>FT.ALTER index SCHEMA ADD attribute …</summary>
    public static async ValueTask Alter(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("index");
        if (!arguments.TryWord("SCHEMA") || !arguments.TryWord("ADD")) arguments.FailUnknown();
        if (arguments.Error is not null)
        {
            call.Reply.Error(arguments.Error);
            return;
        }

        if (await IndexCatalog.StatusAsync(call, IndexName.ToCollection(name)) is not { } status)
        {
            if (call.Answer.Written.IsEmpty) call.Reply.Error(SearchErrors.UnknownIndex);
            return;
        }

        var index = new SearchIndex(status.Schema, Synonyms.None);
        var text = index.TextFields.FirstOrDefault(field => field.Analyzer != "standard")?.Analyzer ?? "english";
        var keepsPositions = index.TextFields.All(field => field.Positions);
        var added = new IndexArguments(arguments, index.IsHash, text, keepsPositions).ReadFields();
        foreach (var field in added)
            if (index.Find(field.Name) is not null)
                arguments.Fail($"Duplicate field in schema - {SearchIndex.AttributeOf(field)}");
        if (arguments.Error is not null) call.Reply.Error(arguments.Error);
        else await PutAsync(call, name, status.Schema with { Fields = [.. status.Schema.Fields, .. added] });
    }

    /// <summary>FT._LIST: the names of all indexes.</summary>
    public static async ValueTask List(RespCall call)
    {
        using var reply = await call.SendAsync(Opcode.CollectionGet, FrameFlags.None, default);
        if (reply.Status != StatusCode.Ok || !CollectionCodec.TryRead(reply.Body, out CollectionList? list, out _))
        {
            RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
            return;
        }

        var shown = list.Collections.Where(one => !IndexCatalog.IsOwn(one.Schema.Name));
        var names = shown.Select(one => IndexName.OfCollection(one.Schema.Name)).ToArray();
        call.Reply.SetHead(names.Length);
        foreach (var name in names) call.Reply.Bulk(name);
    }

    /// <summary>FT.INFO index.</summary>
    public static async ValueTask Describe(RespCall call)
    {
        var name = new ArgumentReader(call).Text("index");
        var status = await IndexCatalog.StatusAsync(call, IndexName.ToCollection(name));
        if (status is not null) WriteInfo(call.Reply, name, status);
        else if (call.Answer.Written.IsEmpty) call.Reply.Error(SearchErrors.UnknownIndex);
    }

    private static async ValueTask PutAsync(RespCall call, string name, CollectionSchema schema)
    {
        var body = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(body, schema);
        using var reply = await call.SendAsync(Opcode.CollectionPut, FrameFlags.None, body.WrittenMemory);
        call.Client.Server.Indexes.Forget(name);
        if (reply.Status == StatusCode.Ok) call.Reply.Ok();
        else RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
    }

    private static void WriteInfo(RespReply reply, string name, CollectionStatus status)
    {
        var schema = status.Schema;
        reply.MapHead(9);
        reply.Bulk("index_name"u8);
        reply.Bulk(name);
        reply.Bulk("index_options"u8);
        string[] options = schema.Fields.Any(field => !field.Positions) ? ["NOOFFSETS"] : [];
        WriteWords(reply, options);
        reply.Bulk("index_definition"u8);
        reply.MapHead(3);
        Pair(reply, "key_type", schema.Shape == DocumentShape.Hash ? "HASH" : "JSON");
        reply.Bulk("prefixes"u8);
        WriteWords(reply, [schema.PathPrefix]);
        Pair(reply, "default_score", "1");
        reply.Bulk("attributes"u8);
        var index = new SearchIndex(schema, Synonyms.None);
        reply.ArrayHead(index.Attributes.Count);
        foreach (var field in index.Attributes) WriteAttribute(reply, index, field);
        Pair(reply, "num_docs", status.Documents);
        Pair(reply, "num_searchable_docs", status.Searchable);
        var megabytes = status.Bytes / (double)(1 << 20);
        Pair(reply, "total_index_memory_sz_mb", megabytes.ToString("0.###", CultureInfo.InvariantCulture));
        Pair(reply, "indexing", 0);
        Pair(reply, "percent_indexed", "1");
    }

    private static void WriteAttribute(RespReply reply, SearchIndex index, FieldSchema field)
    {
        var path = index.IsHash ? field.Name : "$." + field.Name;
        List<(string Name, string? Value)> pairs =
        [
            ("identifier", path), ("attribute", SearchIndex.AttributeOf(field)),
            ("type", SearchIndex.TypeOf(field.Type)),
        ];
        var flags = new List<string>();
        if (field.Type == FieldType.Text)
            pairs.Add(("WEIGHT", field.Weight.ToString("R", CultureInfo.InvariantCulture)));
        if (field.Type == FieldType.Text && field.Analyzer == "standard") flags.Add("NOSTEM");
        if (field.Type == FieldType.Keyword) pairs.Add(("SEPARATOR", field.Separator));
        if (field.Type == FieldType.Keyword && !field.FoldCase) flags.Add("CASESENSITIVE");
        var sorted = index.SortedOf(field);
        if (sorted is not null || field.Type is not (FieldType.Text or FieldType.Keyword)) flags.Add("SORTABLE");
        if (sorted is { FoldCase: false }) flags.Add("UNF");
        if (reply.IsResp3)
        {
            reply.MapHead(pairs.Count + 1);
            foreach (var (key, value) in pairs) Pair(reply, key, value!);
            reply.Bulk("flags"u8);
            WriteWords(reply, flags);
            return;
        }

        WriteWords(reply, [.. pairs.SelectMany(pair => new[] { pair.Name, pair.Value! }), .. flags]);
    }

    private static void WriteWords(RespReply reply, IReadOnlyCollection<string> words)
    {
        reply.ArrayHead(words.Count);
        foreach (var word in words) reply.Bulk(word);
    }

    private static void Pair(RespReply reply, string name, string value)
    {
        reply.Bulk(name);
        reply.Bulk(value);
    }

    private static void Pair(RespReply reply, string name, long value)
    {
        reply.Bulk(name);
        reply.Integer(value);
    }
}
