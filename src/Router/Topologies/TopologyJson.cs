namespace Hedgerow.Router;

/// <summary>The topology's JSON file form, both ways.</summary>
public static class TopologyJson
{
    /// <summary>Reads and checks the text; <paramref name="source"/> is its file's name, for messages.</summary>
    /// <exception cref="TopologyException">It does not parse or contradicts itself.</exception>
    public static Topology Parse(ReadOnlyMemory<byte> utf8, string source) => throw new NotImplementedException();

    /// <summary>Writes it as indented UTF-8 JSON.</summary>
    public static byte[] Write(Topology topology) => throw new NotImplementedException();
}
