using System.IO.Compression;
using System.Text.Json;

namespace Hedgerow.Bench.Instant;

/// <summary>Open English WordNet as documents, and its entries' words typed letter by letter.</summary>
internal sealed class TypedLetters
{
    /// <summary>One typed text in so many has a wrong letter.</summary>
    private const int MistypedOneIn = 10;

    private TypedLetters(List<byte[]> documents, List<string> titles)
    {
        Documents = documents;
        Titles = titles;
    }

    /// <summary>Where the entries are.</summary>
    public static string File => SharedFolder.Data("wordnet-en/synsets.jsonl.gz");

    /// <summary>Each as JSON with lemmas and definition.</summary>
    public IReadOnlyList<byte[]> Documents { get; }

    /// <summary>What people mean to type.</summary>
    public IReadOnlyList<string> Titles { get; }

    public static TypedLetters Read()
    {
        using var stream = new GZipStream(System.IO.File.OpenRead(File), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        var documents = new List<byte[]>();
        var titles = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            documents.Add(System.Text.Encoding.UTF8.GetBytes(line));
            foreach (var lemma in json.RootElement.GetProperty("lemmas").EnumerateArray())
                titles.Add(lemma.GetString()!);
        }

        return new TypedLetters(documents, titles);
    }

    /// <summary>So many texts, each a letter longer than the one before until a title is whole.</summary>
    public List<string> Draw(int count, int seed)
    {
        var random = new Random(seed);
        var texts = new List<string>(count);
        while (texts.Count < count)
        {
            var title = Titles[random.Next(Titles.Count)];
            if (title.Length > 3 && random.Next(MistypedOneIn) == 0)
            {
                var at = random.Next(1, title.Length - 1);
                title = random.Next(2) == 0
                    ? title.Remove(at, 1)
                    : $"{title[..at]}{title[at + 1]}{title[at]}{title[(at + 2)..]}";
            }

            for (var length = 1; length <= title.Length && texts.Count < count; length++)
                if (title[length - 1] != ' ') texts.Add(title[..length]);
        }

        return texts;
    }
}
