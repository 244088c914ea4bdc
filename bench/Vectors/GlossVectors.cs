using System.IO.Compression;
using System.Text.Json;

namespace Hedgerow.Bench.Vectors;

/// <summary>
/// Vectors of real text without a trained model: those of the glosses of WordNet by random indexing (Kanerva,
/// Kristoferson, Holst: Random indexing of text samples for latent semantic analysis, 2000). A word's vector is the sum
/// of the random index vectors of the words that it stands beside; a gloss's is the sum of those of its words; both
/// weighted by how rare words are. The mean is taken off and all are made one long. So texts of one subject lie
/// together, as with trained embeddings, which they do not reach in meaning.
/// </summary>
internal sealed class GlossVectors
{
    /// <summary>Numbers of each.</summary>
    public const int Dims = 128;

    private const int NonZeros = 8;
    private const int WordsMin = 3;

    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly List<int> _documentsOf = [];
    private readonly List<int[]> _glosses = [];

    /// <summary>One for each gloss, in an order that says nothing.</summary>
    public static float[][] Read()
    {
        var vectors = new GlossVectors();
        vectors.ReadWords(SharedFolder.Data("wordnet-en/synsets.jsonl.gz"));
        var all = vectors.Make();
        new Random(1).Shuffle(all);
        return all;
    }

    private void ReadWords(string file)
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var examples = root.GetProperty("examples").EnumerateArray();
            var texts = root.GetProperty("lemmas").EnumerateArray().Concat(examples)
                .Append(root.GetProperty("definition")).Select(text => text.GetString()!);
            int[] words = [.. texts.SelectMany(WordsOf).Distinct(StringComparer.Ordinal).Select(NumberOf)];
            foreach (var word in words) _documentsOf[word]++;
            if (words.Length >= WordsMin) _glosses.Add(words);
        }
    }

    private float[][] Make()
    {
        var rarity = _documentsOf.Select(n => (float)Math.Log((double)_glosses.Count / n)).ToArray();
        var contexts = new float[_words.Count][];
        for (var word = 0; word < contexts.Length; word++) contexts[word] = new float[Dims];
        var sum = new float[Dims];
        foreach (var gloss in _glosses)
        {
            Array.Clear(sum);
            foreach (var word in gloss) AddIndex(sum, word, rarity[word]);
            foreach (var word in gloss)
            {
                for (var i = 0; i < Dims; i++) contexts[word][i] += sum[i];
                AddIndex(contexts[word], word, -rarity[word]);
            }
        }

        // What hardly stands beside anything keeps its own index vector.
        for (var word = 0; word < contexts.Length; word++)
        {
            Normalize(contexts[word]);
            AddIndex(contexts[word], word, 0.1f);
            Normalize(contexts[word]);
        }

        var all = new float[_glosses.Count][];
        var mean = new double[Dims];
        for (var g = 0; g < all.Length; g++)
        {
            all[g] = new float[Dims];
            foreach (var word in _glosses[g])
                for (var i = 0; i < Dims; i++) all[g][i] += rarity[word] * contexts[word][i];
            Normalize(all[g]);
            for (var i = 0; i < Dims; i++) mean[i] += all[g][i] / all.Length;
        }

        foreach (var vector in all)
        {
            for (var i = 0; i < Dims; i++) vector[i] -= (float)mean[i];
            Normalize(vector);
        }

        return all;
    }

    private int NumberOf(string word)
    {
        if (_words.TryGetValue(word, out var number)) return number;
        _words.Add(word, _words.Count);
        _documentsOf.Add(0);
        return _words.Count - 1;
    }

    private static IEnumerable<string> WordsOf(string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var isLetter = i < text.Length && char.IsLetter(text[i]);
            if (isLetter && start < 0) start = i;
            if (isLetter || start < 0) continue;
            yield return text[start..i].ToLowerInvariant();
            start = -1;
        }
    }

    /// <summary>Adds a word's index vector: a few places, by the word's number, each up or down.</summary>
    private static void AddIndex(float[] sum, int word, float weight)
    {
        var random = new Random(word);
        for (var i = 0; i < NonZeros; i++) sum[random.Next(Dims)] += random.Next(2) == 0 ? weight : -weight;
    }

    private static void Normalize(float[] vector)
    {
        var length = Math.Sqrt(vector.Sum(x => (double)x * x));
        if (length == 0) return;
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] / length);
    }
}
