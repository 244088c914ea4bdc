using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>The parts of an answer that tell how it came about: explanations and profiles.</summary>
internal static class SearchTelling
{
    private const int DepthMax = 64;
    private const int PhasesMax = 32;

    public static void Write(ref MessagePackWriter writer, Explanation explanation)
    {
        writer.WriteArrayHeader(3);
        // What is no finite number, as the logarithm of 0, would make the whole answer unreadable.
        var value = float.IsNaN(explanation.Value) ? 0 : explanation.Value;
        writer.Write(Math.Clamp(value, float.MinValue, float.MaxValue));
        writer.Write(explanation.Description);
        writer.WriteArrayHeader(explanation.Details.Count);
        for (var i = 0; i < explanation.Details.Count; i++) Write(ref writer, explanation.Details[i]);
    }

    public static void Write(ref MessagePackWriter writer, SearchProfile profile)
    {
        writer.WriteArrayHeader(2);
        Write(ref writer, profile.Phases);
        writer.WriteArrayHeader(profile.Shards.Count);
        for (var i = 0; i < profile.Shards.Count; i++)
        {
            writer.WriteArrayHeader(4);
            writer.Write(profile.Shards[i].Shard);
            writer.Write(profile.Shards[i].Segments);
            writer.Write(profile.Shards[i].Blocks);
            Write(ref writer, profile.Shards[i].Phases);
        }
    }

    public static Explanation ReadExplanation(ref BodyReader reader)
    {
        var parts = Explanation.PartsMax;
        return ReadPart(ref reader, DepthMax, ref parts);
    }

    public static SearchProfile ReadProfile(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("profile", 2);
        var profile = new SearchProfile(
            reader.List("profile.phases", PhasesMax, ReadPhase),
            reader.List("profile.shards", ushort.MaxValue, ReadShard));
        reader.EndRecord(fields, 2);
        return profile;
    }

    private static void Write(ref MessagePackWriter writer, IReadOnlyList<SearchPhase> phases)
    {
        writer.WriteArrayHeader(phases.Count);
        for (var i = 0; i < phases.Count; i++)
        {
            writer.WriteArrayHeader(2);
            writer.Write(phases[i].Name);
            writer.Write(phases[i].Micros);
        }
    }

    private static Explanation ReadPart(ref BodyReader reader, int depth, ref int parts)
    {
        if (depth == 0) BodyReader.Fail("explanation", $"it is nested deeper than {DepthMax}.");
        if (--parts < 0) BodyReader.Fail("explanation", $"it has more than {Explanation.PartsMax} parts.");
        var fields = reader.BeginRecord("explanation", 3);
        var value = (float)reader.Double("explanation.value");
        var description = reader.Text("explanation.description", MessageLimits.ProseBytesMax);
        var details = new Explanation[reader.Count("explanation.details", Explanation.PartsMax)];
        for (var i = 0; i < details.Length; i++) details[i] = ReadPart(ref reader, depth - 1, ref parts);
        reader.EndRecord(fields, 3);
        return new Explanation(value, description, details);
    }

    private static ShardProfile ReadShard(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("profile.shard", 4);
        var shard = new ShardProfile(
            reader.Int32("profile.shard.number"),
            reader.Int32("profile.shard.segments"),
            reader.Int64("profile.shard.blocks"),
            reader.List("profile.shard.phases", PhasesMax, ReadPhase));
        reader.EndRecord(fields, 4);
        return shard;
    }

    private static SearchPhase ReadPhase(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("profile.phase", 2);
        var phase = new SearchPhase(
            reader.Text("profile.phase.name", MessageLimits.FieldNameBytesMax), reader.Int64("profile.phase.micros"));
        reader.EndRecord(fields, 2);
        return phase;
    }
}
