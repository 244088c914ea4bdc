namespace Hedgerow.Protocol;

/// <summary>What an entry's value is. The values are wire bytes and never change.</summary>
public enum EntryKind : byte
{
    /// <summary>Bytes.</summary>
    Value = 0,

    /// <summary>A map of fields, encoded as <see cref="FieldMap"/>.</summary>
    Fields = 1,

    /// <summary>
    /// Only in answers: a document of a collection of hashes, as JSON. <see cref="FlatDocument"/> makes a map of it.
    /// </summary>
    HashDocument = 2,
}
