using System.IO.Compression;
using System.Text.Json;

namespace Hedgerow.Bench.Aggregations;

/// <summary>A synset of WordNet as something to count.</summary>
/// <param name="Definition">Text.</param>
/// <param name="File">One of 45 kinds.</param>
/// <param name="Lemmas">Its words, many of them different ones.</param>
/// <param name="Words">Words of the definition.</param>
/// <param name="Weight">A number with a fraction.</param>
internal sealed record Synset(string Definition, string File, string[] Lemmas, int Words, double Weight)
{
    /// <summary>All of them.</summary>
    public static Synset[] Read()
    {
        using var file = System.IO.File.OpenRead(SharedFolder.Data("wordnet-en/synsets.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var synsets = new List<Synset>();
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var definition = root.GetProperty("definition").GetString()!;
            var words = definition.Split(' ').Length;
            synsets.Add(new Synset(
                definition, root.GetProperty("lexfile").GetString()!,
                [.. root.GetProperty("lemmas").EnumerateArray().Select(lemma => lemma.GetString()!).Distinct()], words,
                definition.Length / (double)words));
        }

        return [.. synsets];
    }
}
