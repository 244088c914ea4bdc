using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Named lists of words: each a set, by its name. Not thread-safe.</summary>
internal sealed class WordLists : SortedDictionary<string, SortedSet<string>>
{
    public WordLists()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Words in all lists.</summary>
    public int WordCount => Values.Sum(list => list.Count);

    /// <summary>The list of a name, which is made if there is none.</summary>
    public SortedSet<string> Of(string name)
    {
        if (!TryGetValue(name, out var list)) this[name] = list = new SortedSet<string>(StringComparer.Ordinal);
        return list;
    }
}

/// <summary>
/// Where the words of FT.DICTADD and FT.SYNUPDATE are kept: one document for each dictionary, and one for the synonyms
/// of each index, in a collection of their own, so that they are durable and replicated. Stateless.
/// </summary>
internal static class KeptWords
{
    /// <summary>The collection; FT._LIST leaves it out.</summary>
    public const string Collection = "ft-words";

    /// <summary>What dictionaries are kept as, and the only list in each.</summary>
    public const string Dictionary = "dictionary", Terms = "terms";

    /// <summary>What the synonyms of an index are kept as.</summary>
    public const string SynonymsKind = "synonyms";

    /// <summary>Words of one dictionary, or of all synonyms of an index.</summary>
    public const int WordsMax = 50_000;

    /// <summary>Bytes of one word.</summary>
    public const int WordBytesMax = 255;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly CollectionSchema Schema = new()
    {
        Name = Collection,
        Mapping = MappingMode.Ignore,
        Fields = [new FieldSchema { Name = "kind", Type = FieldType.Keyword }],
    };

    /// <summary>What is kept by a name; without lists where nothing is. Null: the answer is an error.</summary>
    public static async ValueTask<WordLists?> ReadAsync(RespCall call, string kind, string name)
    {
        using var read = await GetAsync(call, kind, name, FrameFlags.None);
        return Steps.Failed(call, read) ? null : Lists(read);
    }

    /// <summary>The synonyms of an index; null where they cannot be read now.</summary>
    /// <param name="call">The command, whose reply stays as it is.</param>
    /// <param name="index">The index.</param>
    /// <param name="last">Those that were read last, which are given again where they did not change.</param>
    public static async ValueTask<Synonyms?> ReadSynonymsAsync(RespCall call, string index, Synonyms last)
    {
        using var read = await GetAsync(call, SynonymsKind, index, FrameFlags.None);
        if (read.Status == StatusCode.NotFound) return Synonyms.None;
        if (read.Status != StatusCode.Ok) return null;
        var isSame = last.Version != 0 && last.Version == read.Outcome.Version;
        return isSame ? last : new Synonyms(Lists(read), read.Outcome.Version);
    }

    /// <summary>Changes what is kept by a name.</summary>
    /// <param name="call">The command.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="change">Changes the lists; may run again, on fresh ones. False leaves them as they are.</param>
    /// <param name="check">What is wrong with them then; null when nothing is.</param>
    /// <returns>False: the answer is an error.</returns>
    public static async ValueTask<bool> ChangeAsync(
        RespCall call, string kind, string name, Func<WordLists, bool> change, Func<WordLists, string?>? check = null)
    {
        if (!await call.Client.Server.Indexes.DeclareAsync(call, Schema)) return false;
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await GetAsync(call, kind, name, FrameFlags.FromOwner);
            if (Steps.Failed(call, read)) return false;
            var lists = Lists(read);
            if (!change(lists)) return true;
            if ((Problem(lists) ?? check?.Invoke(lists)) is { } problem)
            {
                call.Reply.Error(problem);
                return false;
            }

            var isNew = read.Status == StatusCode.NotFound;
            using var written = await call.SendAsync(new CacheCommand
            {
                Opcode = isNew ? Opcode.Add : Opcode.CompareAndSet,
                Path = PathOf(kind, name),
                Value = ToJson(kind, lists),
                CompareVersion = isNew ? 0 : read.Outcome.Version,
            });
            if (Steps.Failed(call, written)) return false;
            if (!Steps.Lost(written)) return true;
        }

        Steps.GiveUp(call);
        return false;
    }

    /// <summary>Forgets what is kept by a name.</summary>
    public static async ValueTask DeleteAsync(RespCall call, string kind, string name)
    {
        using var deleted = await call.SendAsync(
            new CacheCommand { Opcode = Opcode.Delete, Path = PathOf(kind, name) });
        _ = Steps.Failed(call, deleted);
    }

    /// <summary>What is wrong with a word; null when nothing is.</summary>
    public static string? Problem(string word)
    {
        var bytes = Encoding.UTF8.GetByteCount(word);
        return bytes is > 0 and <= WordBytesMax
            ? null
            : $"ERR a word has {bytes} bytes; 1 to {WordBytesMax} are allowed";
    }

    private static string? Problem(WordLists lists) => lists.WordCount > WordsMax
        ? $"ERR there would be {lists.WordCount} words in one; at most {WordsMax} are allowed"
        : null;

    private static byte[] PathOf(string kind, string name) => Encoding.UTF8.GetBytes($"/{Collection}/{kind}/{name}");

    private static ValueTask<EntryResult> GetAsync(RespCall call, string kind, string name, FrameFlags flags) =>
        call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = PathOf(kind, name) }, flags);

    private static byte[] ToJson(string kind, WordLists lists)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, Json);
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        writer.WriteStartObject("lists");
        foreach (var (name, words) in lists)
        {
            writer.WriteStartArray(name);
            foreach (var word in words) writer.WriteStringValue(word);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    // What somebody else wrote there is nothing.
    private static WordLists Lists(in EntryResult read)
    {
        var lists = new WordLists();
        if (read.Status != StatusCode.Ok || read.Outcome.Kind != EntryKind.Value) return lists;
        try
        {
            using var document = JsonDocument.Parse(read.ValueMemory);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("lists", out var all) || all.ValueKind != JsonValueKind.Object)
                return lists;
            foreach (var list in all.EnumerateObject())
            {
                if (list.Value.ValueKind != JsonValueKind.Array) continue;
                var words = lists.Of(list.Name);
                foreach (var word in list.Value.EnumerateArray())
                    if (word.ValueKind == JsonValueKind.String) words.Add(word.GetString()!);
            }
        }
        catch (JsonException)
        {
            return [];
        }

        return lists;
    }
}
