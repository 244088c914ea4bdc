using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A client's reads of an entry's head and its operations on the fields of a map.</summary>
internal static class ClientFields
{
    public static async ValueTask<EntryHead> HeadAsync(ClientCalls calls, EntryPath path, CancellationToken cancel)
    {
        var command = new CacheCommand { Opcode = Opcode.Head, Path = ClientCalls.Checked(path) };
        using var reply = await calls.ExecuteAsync(command, cancel).ConfigureAwait(false);
        if (reply.Status == StatusCode.NotFound) return default;
        ClientCalls.ThrowUnlessOk(reply);
        return HeadBody.TryRead(reply.Body.Span, out var head)
            ? new EntryHead(true, reply.Header.Version, head)
            : throw ClientCalls.Unreadable("a head is cut off.");
    }

    public static async ValueTask<byte[]?[]> GetAsync(
        ClientCalls calls, EntryPath path, IReadOnlyList<string> names, CancellationToken cancel)
    {
        var results = new byte[]?[names.Count];
        if (names.Count == 0) return results;
        var command = new CacheCommand
        {
            Opcode = Opcode.FieldGet, Path = ClientCalls.Checked(path), Value = List(names),
        };
        using var reply = await calls.ExecuteAsync(command, cancel).ConfigureAwait(false);
        if (reply.Status == StatusCode.NotFound) return results;
        ClientCalls.ThrowUnlessOk(reply);
        if (!FieldValues.TryRead(reply.Body.Span, out var values, out var error)) throw ClientCalls.Unreadable(error);
        for (var i = 0; i < results.Length && values.MoveNext(); i++)
            results[i] = values.IsPresent ? values.Value.ToArray() : null;
        return results;
    }

    public static ValueTask<(WriteResult Write, long Added)> SetAsync(
        ClientCalls calls, EntryPath path, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> fields,
        bool onlyIfAbsent, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfZero(fields.Count, nameof(fields));
        var list = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in fields)
        {
            FieldList.Write(list, Encoding.UTF8.GetBytes(name));
            FieldList.Write(list, value.Span);
        }

        return NumberAsync(
            calls,
            new CacheCommand
            {
                Opcode = Opcode.FieldSet,
                Path = ClientCalls.Checked(path),
                Value = list.WrittenSpan,
                OnlyIfAbsent = onlyIfAbsent,
            },
            cancel);
    }

    public static ValueTask<(WriteResult Write, long Removed)> DeleteAsync(
        ClientCalls calls, EntryPath path, IReadOnlyList<string> names, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfZero(names.Count, nameof(names));
        return NumberAsync(
            calls,
            new CacheCommand { Opcode = Opcode.FieldDelete, Path = ClientCalls.Checked(path), Value = List(names) },
            cancel);
    }

    public static ValueTask<(WriteResult Write, long Value)> IncrementAsync(
        ClientCalls calls, EntryPath path, string name, long delta, CancellationToken cancel) =>
        NumberAsync(
            calls,
            new CacheCommand
            {
                Opcode = Opcode.FieldIncrement, Path = ClientCalls.Checked(path), Value = List([name]), Delta = delta,
            },
            cancel);

    private static ValueTask<(WriteResult Write, long Number)> NumberAsync(
        ClientCalls calls, in CacheCommand command, CancellationToken cancel)
    {
        return ReadAsync(calls.ExecuteAsync(command, cancel));

        static async ValueTask<(WriteResult Write, long Number)> ReadAsync(ValueTask<Reply> pending)
        {
            using var reply = await pending.ConfigureAwait(false);
            var isThere = reply.Status == StatusCode.Ok && reply.Body.Length >= sizeof(long);
            var number = isThere ? BinaryPrimitives.ReadInt64LittleEndian(reply.Body.Span) : 0;
            return (ClientCalls.ResultOf(reply), number);
        }
    }

    private static byte[] List(IReadOnlyList<string> names)
    {
        var list = new ArrayBufferWriter<byte>();
        foreach (var name in names) FieldList.Write(list, Encoding.UTF8.GetBytes(name));
        return list.WrittenSpan.ToArray();
    }
}
