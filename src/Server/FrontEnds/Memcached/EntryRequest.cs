namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>What a storage command does where something or nothing is stored.</summary>
internal enum StoreMode : byte
{
    Set,
    Add,
    Replace,
    Append,
    Prepend,
}

/// <summary>
/// A command on one key after its line was read: classic and meta commands become the same thing, so each meaning is
/// written once. Has no reference to the line; the key and the value travel beside it.
/// </summary>
internal struct EntryRequest
{
    /// <summary>The command.</summary>
    public MemcachedVerb Verb;

    /// <summary>Storage: which.</summary>
    public StoreMode Mode;

    /// <summary>noreply, or the meta flag q.</summary>
    public bool IsQuiet;

    /// <summary>The key came as base64 and is echoed so.</summary>
    public bool IsBinaryKey;

    /// <summary>The value is part of the answer.</summary>
    public bool WantsValue;

    /// <summary>A time to live was given: <see cref="ExpiresAtMs"/>.</summary>
    public bool HasTtl;

    /// <summary>Create where nothing is, until <see cref="VivifyExpiresAtMs"/>.</summary>
    public bool Vivifies;

    /// <summary>Win the recache below <see cref="RecacheSeconds"/>.</summary>
    public bool HasRecache;

    /// <summary>Mark stale (md), or store what is late as stale (ms).</summary>
    public bool Invalidates;

    /// <summary>md: empty the entry and keep it.</summary>
    public bool RemovesValue;

    /// <summary>Only if the entry's version is <see cref="Compare"/>.</summary>
    public bool HasCompare;

    /// <summary>The write's version is given: <see cref="NewCas"/>.</summary>
    public bool HasNewCas;

    /// <summary>Arithmetic subtracts.</summary>
    public bool IsDecrement;

    /// <summary>The client's own 32 bits.</summary>
    public uint ClientFlags;

    /// <summary>Seconds below which a recache is won.</summary>
    public int RecacheSeconds;

    /// <summary>Unix milliseconds, 0 for never.</summary>
    public long ExpiresAtMs;

    /// <summary>Unix milliseconds, 0 for never.</summary>
    public long VivifyExpiresAtMs;

    /// <summary>The version to compare with.</summary>
    public ulong Compare;

    /// <summary>The version to write with.</summary>
    public ulong NewCas;

    /// <summary>What arithmetic adds or subtracts.</summary>
    public ulong Delta;

    /// <summary>What arithmetic starts with.</summary>
    public ulong Initial;

    /// <summary>Whether the answer is a meta command's.</summary>
    public readonly bool IsMeta => Verb is MemcachedVerb.MetaGet or MemcachedVerb.MetaSet or MemcachedVerb.MetaDelete
        or MemcachedVerb.MetaArithmetic or MemcachedVerb.MetaDebug;

    /// <summary>Whether a value line has the cas number.</summary>
    public readonly bool ShowsCas => Verb is MemcachedVerb.Gets or MemcachedVerb.Gats;

    /// <summary>Whether it may change the entry.</summary>
    public readonly bool Writes =>
        Verb is not (MemcachedVerb.Get or MemcachedVerb.Gets or MemcachedVerb.MetaGet or MemcachedVerb.MetaDebug)
        || HasTtl || Vivifies || HasRecache;

    /// <summary>Whether it is a read that nothing can turn into a write but a stale entry.</summary>
    public readonly bool IsPlainRead => !HasTtl && !Vivifies && !HasRecache;
}
