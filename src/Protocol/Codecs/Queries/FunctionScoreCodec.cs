using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// Queries with functions of their scores. A function is an array of its kind, weight, filter or nil, and its own
/// fields.
/// </summary>
internal static class FunctionScoreCodec
{
    private const int WeightKind = 1;
    private const int FieldValueKind = 2;
    private const int DecayKind = 3;
    private const int RandomKind = 4;

    public static void Write(ref MessagePackWriter writer, FunctionScoreQuery node, int depth)
    {
        QueryNodeCodec.Write(ref writer, node.Query, depth + 1);
        writer.WriteArrayHeader(node.Functions.Count);
        for (var i = 0; i < node.Functions.Count; i++) WriteFunction(ref writer, node.Functions[i], depth);
        writer.Write((byte)node.ScoreMode);
        writer.Write((byte)node.BoostMode);
        SearchCodec.WriteOrNil(ref writer, node.MaxBoost);
        SearchCodec.WriteOrNil(ref writer, node.MinScore);
    }

    public static FunctionScoreQuery Read(ref BodyReader reader, int fields, int depth)
    {
        var query = QueryNodeCodec.Read(ref reader, depth + 1);
        var functions = new ScoreFunction[reader.Count("query.functions", FunctionScoreQuery.FunctionsMax)];
        for (var i = 0; i < functions.Length; i++) functions[i] = ReadFunction(ref reader, depth);
        return new FunctionScoreQuery(query, functions)
        {
            ScoreMode = (FunctionsMode)reader.Int32("query.scoreMode", 0, (int)FunctionsMode.Min),
            BoostMode = (BoostMode)reader.Int32("query.boostMode", 0, (int)BoostMode.Min),
            MaxBoost = DoubleOrNull(ref reader, "query.maxBoost"),
            MinScore = DoubleOrNull(ref reader, "query.minScore"),
        };
    }

    private static void WriteFunction(ref MessagePackWriter writer, ScoreFunction function, int depth)
    {
        var (kind, own) = function switch
        {
            WeightFunction => (WeightKind, 0),
            FieldValueFunction => (FieldValueKind, 4),
            DecayFunction => (DecayKind, 7),
            RandomFunction => (RandomKind, 1),
            _ => throw new ArgumentException($"{function.GetType().Name} has no wire format.", nameof(function)),
        };
        writer.WriteArrayHeader(3 + own);
        writer.Write(kind);
        writer.Write(function.Weight);
        if (function.Filter is { } filter) QueryNodeCodec.Write(ref writer, filter, depth + 1);
        else writer.WriteNil();
        switch (function)
        {
            case FieldValueFunction value:
                writer.WriteText(value.Field);
                writer.Write(value.Factor);
                writer.Write((byte)value.Modifier);
                SearchCodec.WriteOrNil(ref writer, value.Missing);
                break;
            case DecayFunction decay:
                WriteDecay(ref writer, decay);
                break;
            case RandomFunction random:
                if (random.Seed is { } seed) writer.Write(seed);
                else writer.WriteNil();
                break;
        }
    }

    private static void WriteDecay(ref MessagePackWriter writer, DecayFunction decay)
    {
        writer.Write((byte)decay.Shape);
        writer.WriteText(decay.Field);
        writer.Write(decay.Origin);
        writer.Write(decay.Scale);
        writer.Write(decay.Offset);
        writer.Write(decay.Decay);
        writer.Write((byte)decay.Mode);
    }

    private static ScoreFunction ReadFunction(ref BodyReader reader, int depth)
    {
        var fields = reader.BeginRecord("query.function", 3);
        var kind = reader.Int32("query.function.kind", 0, byte.MaxValue);
        var weight = reader.Double("query.function.weight");
        if (!(weight >= 0)) BodyReader.Fail("query.function.weight", $"{weight} is below 0.");
        var filter = reader.TryNil("query.function.filter") ? null : QueryNodeCodec.Read(ref reader, depth + 1);
        var own = kind switch { WeightKind => 0, FieldValueKind => 4, DecayKind => 7, RandomKind => 1, _ => -1 };
        if (own < 0) BodyReader.Fail("query.function.kind", $"{kind} is not known; 1 to {RandomKind} are.");
        if (fields - 3 < own)
            BodyReader.Fail("query.function", $"kind {kind} has {fields - 3} fields; {own} are needed.");
        ScoreFunction function = kind switch
        {
            FieldValueKind => new FieldValueFunction(
                QueryNodeCodec.Field(ref reader),
                reader.Double("query.function.factor"),
                (ValueModifier)reader.Int32("query.function.modifier", 0, (int)ValueModifier.Reciprocal),
                DoubleOrNull(ref reader, "query.function.missing")),
            DecayKind => new DecayFunction(
                (DecayShape)reader.Int32("query.function.shape", 0, (int)DecayShape.Linear),
                QueryNodeCodec.Field(ref reader),
                QueryNodeCodec.Text(ref reader, "query.function.origin"),
                QueryNodeCodec.Text(ref reader, "query.function.scale"),
                QueryNodeCodec.Text(ref reader, "query.function.offset"),
                reader.Double("query.function.decay"),
                SortKeyCodec.Mode(ref reader, "query.function.mode")),
            RandomKind => new RandomFunction(
                reader.TryNil("query.function.seed") ? null : reader.Int64("query.function.seed", long.MinValue)),
            _ => new WeightFunction(),
        };
        reader.EndRecord(fields, 3 + own);
        return function with { Weight = weight, Filter = filter };
    }

    private static double? DoubleOrNull(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : reader.Double(field);
}
