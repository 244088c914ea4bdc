namespace Hedgerow.Protocol;

/// <summary>
/// Bounds of what one MessagePack message may hold, so that a claimed count never becomes memory before it is checked.
/// The public ones stand on the message types; these are the rest.
/// </summary>
internal static class MessageLimits
{
    /// <summary>UTF-8 bytes of the name of a collection, a server, a role or an analyzer.</summary>
    public const int NameBytesMax = 255;

    /// <summary>UTF-8 bytes of the name of an index: a collection's, a tilde and 16 digits.</summary>
    public const int IndexNameBytesMax = NameBytesMax + 17;

    /// <summary>Aliases of one collection.</summary>
    public const int AliasesMax = 1_024;

    /// <summary>UTF-8 bytes of a field's name: long enough for any JSON member that is worth indexing.</summary>
    public const int FieldNameBytesMax = 1_024;

    /// <summary>UTF-8 bytes of a hello's credentials.</summary>
    public const int TokenBytesMax = 4_096;

    /// <summary>UTF-8 bytes of one analysed term: the longest query text, all of it one word.</summary>
    public const int TermBytesMax = 4 * QueryNodeCodec.TextCharsMax;

    /// <summary>UTF-8 bytes of a text for people: a failure's message, a highlighted snippet.</summary>
    public const int ProseBytesMax = 64 * 1024;

    /// <summary>Rows of term statistics: 64 terms for each of a query's 1,024 nodes.</summary>
    public const int TermsMax = 65_536;

    /// <summary>Collections in one list.</summary>
    public const int CollectionsMax = 4_096;

    /// <summary>Shards in one statistics reply: all that the header's shard field can name.</summary>
    public const int ShardsMax = 65_536;

    /// <summary>Counters in one statistics reply.</summary>
    public const int CountersMax = 4_096;

    /// <summary>Longest delay a fault may ask for, in microseconds: 60 seconds.</summary>
    public const uint FaultDelayMicrosMax = 60_000_000;
}
