using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The fields of whatever is a hash: an entry of fields, or a document of a collection of hashes.</summary>
internal static class HashMap
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _ofDocument;

    /// <summary>The map of an entry that is a hash.</summary>
    /// <param name="kind">What the entry is.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="map">A view of the value, or of memory of the thread that the next call overwrites.</param>
    /// <returns>False for a plain value.</returns>
    public static bool TryOf(EntryKind kind, ReadOnlySpan<byte> value, out FieldMap map)
    {
        map = kind switch
        {
            EntryKind.Fields => FieldMap.Over(value),
            EntryKind.HashDocument => OfDocument(value),
            _ => default,
        };
        return kind != EntryKind.Value;
    }

    /// <summary>The map that was read; without fields where there was none.</summary>
    public static FieldMap Of(scoped in EntryResult read)
    {
        FieldMap map = default;
        if (read.Status == StatusCode.Ok) _ = TryOf(read.Outcome.Kind, read.Value, out map);
        return map;
    }

    /// <summary>The map of a document; without fields where it is no flat object.</summary>
    public static FieldMap OfDocument(ReadOnlySpan<byte> json)
    {
        var bytes = _ofDocument ??= new ArrayBufferWriter<byte>();
        bytes.ResetWrittenCount();
        return FlatDocument.TryWriteMap(json, bytes) ? FieldMap.Over(bytes.WrittenSpan) : default;
    }
}
