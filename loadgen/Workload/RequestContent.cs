using System.Text;
using Hedgerow.LoadGen.Keys;
using Hedgerow.Protocol;

namespace Hedgerow.LoadGen.Workload;

/// <summary>What the numbers of an <see cref="Operation"/> stand for: paths, values, a collection. Immutable.</summary>
/// <param name="Paths">Path of each key.</param>
/// <param name="Values">Bytes that values are the beginning of.</param>
/// <param name="Collection">What is searched; empty for nothing.</param>
/// <param name="SearchSize">Hits asked for.</param>
/// <param name="ScanKeysMax">Most keys of a scan.</param>
internal sealed record RequestContent(
    PathNames Paths, byte[] Values, string Collection = "", int SearchSize = 10, int ScanKeysMax = 1)
{
    private const int FieldFrameBytesMax = 8;

    /// <summary>Fields that instant searches look in, and mark words in.</summary>
    public IReadOnlyList<string> SearchFields { get; init; } = [];

    /// <summary>Bytes of the longest query that is asked.</summary>
    public int QueryBytesMax { get; init; }

    /// <summary>
    /// Most bytes that the texts of a search take: its query, the collection, fields to look in and to mark.
    /// </summary>
    public int SearchBytesMax => QueryBytesMax + Encoding.UTF8.GetByteCount(Collection)
        + (2 * SearchFields.Sum(name => Encoding.UTF8.GetByteCount(name) + FieldFrameBytesMax));

    /// <summary>An instant search.</summary>
    public InstantRequest Instant(string text) => new()
    {
        Collection = Collection,
        Text = text,
        Fields = SearchFields,
        HighlightFields = SearchFields,
        Size = SearchSize,
        AllowPartial = false,
    };

    /// <summary>A value of that length.</summary>
    public ReadOnlySpan<byte> Value(int bytes) => Values.AsSpan(0, bytes);

    /// <summary>Random bytes, which no compression makes smaller.</summary>
    public static byte[] RandomValues(int bytes, int seed)
    {
        var values = new byte[bytes];
        new Random(seed).NextBytes(values);
        return values;
    }
}
