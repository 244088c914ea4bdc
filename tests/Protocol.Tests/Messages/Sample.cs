using System.Buffers;

namespace Hedgerow.Protocol.Tests;

/// <summary>One message of the wire: its bytes, and how they are read back.</summary>
/// <param name="Name">Of its golden file.</param>
/// <param name="Bytes">As this version writes it.</param>
/// <param name="Read">The message's dump; or null and the error.</param>
/// <param name="Expected">The dump of what was written.</param>
/// <param name="IsMessagePack">Whether fields may be added at its end.</param>
/// <param name="EndsInValue">Whether its last part is a value of any length, so that a cut-off body may be
/// whole.</param>
/// <param name="IsShort">Whether fields that a later release of this version added are left out, because they have
/// their defaults; then another sample of the record has them.</param>
public sealed record Sample(
    string Name,
    byte[] Bytes,
    Func<ReadOnlyMemory<byte>, (string? Dump, string? Error)> Read,
    string Expected,
    bool IsMessagePack,
    bool EndsInValue = false,
    bool IsShort = false)
{
    public delegate bool TryRead<T>(ReadOnlyMemory<byte> body, out T? message, out string? error);

    /// <summary>A MessagePack message.</summary>
    public static Sample Of<T>(string name, T message, Action<IBufferWriter<byte>, T> write, TryRead<T> read)
        where T : class
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return new Sample(
            name,
            output.WrittenSpan.ToArray(),
            body => read(body, out var got, out var error) ? (Dump.Of(got), null) : (null, error),
            Dump.Of(message),
            IsMessagePack: true);
    }

    /// <summary>The same, known to leave later fields out.</summary>
    public Sample WithoutLaterFields() => this with { IsShort = true };

    public override string ToString() => Name;
}
