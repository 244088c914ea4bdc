using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Analyzers, synonyms, and what becomes of a text by them, as MessagePack. Reading never throws.</summary>
public static class AnalysisCodec
{
    private const int StageTextBytesMax = 16 * AnalyzeRequest.TextCharsMax;

    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, AnalyzeRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(7);
        writer.Write(message.Collection);
        writer.Write(message.Analyzer);
        writer.Write(message.Field);
        if (message.Chain is { } chain) WriteAnalyzer(ref writer, chain);
        else writer.WriteNil();
        writer.Write(message.Text);
        if (message.AsQuery is { } asQuery) writer.Write(asQuery);
        else writer.WriteNil();
        writer.Write(message.Explain);
        writer.Flush();
    }

    /// <summary>Writes a reply.</summary>
    public static void Write(IBufferWriter<byte> output, AnalyzeReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(3);
        writer.Write(message.Analyzer);
        WriteTokens(ref writer, message.Tokens);
        writer.WriteArrayHeader(message.Stages.Count);
        foreach (var stage in message.Stages)
        {
            writer.WriteArrayHeader(3);
            writer.Write(stage.Part);
            writer.Write(stage.Text);
            WriteTokens(ref writer, stage.Tokens);
        }

        writer.Flush();
    }

    /// <summary>Reads a request. Whether the analyzer is known is the leaf's to say; bounds hold.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out AnalyzeRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads a reply.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out AnalyzeReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    internal static void WriteSchema(ref MessagePackWriter writer, AnalysisSchema? analysis)
    {
        if (analysis is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        writer.WriteArrayHeader(analysis.Analyzers.Count);
        foreach (var analyzer in analysis.Analyzers) WriteAnalyzer(ref writer, analyzer);
        writer.WriteArrayHeader(analysis.Synonyms.Count);
        foreach (var set in analysis.Synonyms)
        {
            writer.WriteArrayHeader(3);
            writer.Write(set.Name);
            writer.Write((byte)set.Format);
            QueryNodeCodec.WriteTexts(ref writer, set.Rules);
        }
    }

    internal static AnalysisSchema? ReadSchema(ref BodyReader reader)
    {
        if (reader.TryNil("analysis")) return null;
        var fields = reader.BeginRecord("analysis", 2);
        var analysis = new AnalysisSchema
        {
            Analyzers = reader.List("analysis.analyzers", AnalysisSchema.AnalyzersMax, ReadAnalyzer),
            Synonyms = reader.List("analysis.synonyms", AnalysisSchema.SynonymSetsMax, ReadSet),
        };
        reader.EndRecord(fields, 2);
        return analysis;
    }

    private static void WriteAnalyzer(ref MessagePackWriter writer, AnalyzerSchema analyzer)
    {
        writer.WriteArrayHeader(4);
        writer.Write(analyzer.Name);
        WriteParts(ref writer, analyzer.CharFilters);
        WritePart(ref writer, analyzer.Tokenizer);
        WriteParts(ref writer, analyzer.Filters);
    }

    private static void WriteParts(ref MessagePackWriter writer, IReadOnlyList<AnalysisPart> parts)
    {
        writer.WriteArrayHeader(parts.Count);
        foreach (var part in parts) WritePart(ref writer, part);
    }

    private static void WritePart(ref MessagePackWriter writer, AnalysisPart part)
    {
        writer.WriteArrayHeader(2);
        writer.Write(part.Type);
        writer.WriteArrayHeader(part.Settings.Count);
        foreach (var setting in part.Settings)
        {
            writer.WriteArrayHeader(2);
            writer.Write(setting.Name);
            QueryNodeCodec.WriteTexts(ref writer, setting.Values);
        }
    }

    private static void WriteTokens(ref MessagePackWriter writer, IReadOnlyList<AnalyzedToken> tokens)
    {
        writer.WriteArrayHeader(tokens.Count);
        foreach (var token in tokens)
        {
            writer.WriteArrayHeader(6);
            writer.Write(token.Term);
            writer.Write(token.Position);
            writer.Write(token.PositionLength);
            writer.Write(token.Start);
            writer.Write(token.End);
            writer.Write(token.Type);
        }
    }

    private static AnalyzerSchema ReadAnalyzer(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("analyzer", 4);
        var analyzer = new AnalyzerSchema
        {
            Name = reader.Text("analyzer.name", MessageLimits.NameBytesMax),
            CharFilters = reader.List("analyzer.charFilters", AnalyzerSchema.PartsMax, ReadPart),
            Tokenizer = ReadPart(ref reader),
            Filters = reader.List("analyzer.filters", AnalyzerSchema.PartsMax, ReadPart),
        };
        reader.EndRecord(fields, 4);
        return analyzer;
    }

    private static AnalysisPart ReadPart(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("part", 2);
        var part = new AnalysisPart(
            reader.Text("part.type", MessageLimits.NameBytesMax),
            reader.List("part.settings", AnalysisPart.SettingsMax, ReadSetting));
        reader.EndRecord(fields, 2);
        return part;
    }

    private static AnalysisSetting ReadSetting(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("setting", 2);
        var setting = new AnalysisSetting(
            reader.Text("setting.name", MessageLimits.NameBytesMax),
            reader.Texts("setting.values", AnalysisSetting.ValuesMax, AnalysisSetting.ValueBytesMax));
        reader.EndRecord(fields, 2);
        return setting;
    }

    private static SynonymSet ReadSet(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("synonyms", 3);
        var set = new SynonymSet
        {
            Name = reader.Text("synonyms.name", MessageLimits.NameBytesMax),
            Format = (SynonymFormat)reader.Int32("synonyms.format", 0, (int)SynonymFormat.WordNet),
            Rules = reader.Texts("synonyms.rules", SynonymSet.RulesMax, AnalysisSetting.ValueBytesMax),
        };
        reader.EndRecord(fields, 3);
        return set;
    }

    private static AnalyzeRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("analyze", 7);
        var request = new AnalyzeRequest
        {
            Collection = reader.TextOrNull("analyze.collection", MessageLimits.NameBytesMax),
            Analyzer = reader.TextOrNull("analyze.analyzer", MessageLimits.NameBytesMax),
            Field = reader.TextOrNull("analyze.field", MessageLimits.FieldNameBytesMax),
            Chain = reader.TryNil("analyze.chain") ? null : ReadAnalyzer(ref reader),
            Text = reader.Text("analyze.text", 4 * AnalyzeRequest.TextCharsMax),
            AsQuery = reader.TryNil("analyze.asQuery") ? null : reader.Boolean("analyze.asQuery"),
            Explain = reader.Boolean("analyze.explain"),
        };
        if (request.Text.Length > AnalyzeRequest.TextCharsMax)
        {
            BodyReader.Fail(
                "analyze.text",
                $"{request.Text.Length} characters; at most {AnalyzeRequest.TextCharsMax} are allowed.");
        }

        reader.EndRecord(fields, 7);
        return request;
    }

    private static AnalyzeReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("analyzed", 3);
        var reply = new AnalyzeReply(
            reader.Text("analyzed.analyzer", MessageLimits.NameBytesMax),
            reader.List("analyzed.tokens", AnalyzeRequest.TokensMax, ReadToken),
            reader.List("analyzed.stages", AnalyzerSchema.PartsMax, ReadStage));
        reader.EndRecord(fields, 3);
        return reply;
    }

    private static AnalyzeStage ReadStage(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("stage", 3);
        var stage = new AnalyzeStage(
            reader.Text("stage.part", MessageLimits.ProseBytesMax),
            reader.TextOrNull("stage.text", StageTextBytesMax),
            reader.List("stage.tokens", AnalyzeRequest.TokensMax, ReadToken));
        reader.EndRecord(fields, 3);
        return stage;
    }

    private static AnalyzedToken ReadToken(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("token", 6);
        var token = new AnalyzedToken(
            reader.Text("token.term", MessageLimits.ProseBytesMax * 2),
            reader.Int32("token.position"),
            reader.Int32("token.positionLength", 1),
            reader.Int32("token.start"),
            reader.Int32("token.end"),
            reader.Text("token.type", MessageLimits.NameBytesMax));
        reader.EndRecord(fields, 6);
        return token;
    }
}
