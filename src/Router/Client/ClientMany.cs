using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A client's read of many paths: cut into requests of the protocol's size, put together in order.</summary>
internal static class ClientMany
{
    public static async ValueTask<EntryResult[]> GetAsync(
        ClientCalls calls, IReadOnlyList<EntryPath> paths, CancellationToken cancel)
    {
        var results = new EntryResult[paths.Count];
        try
        {
            for (var from = 0; from < paths.Count; from += ProtocolLimits.GetManyPathsMax)
            {
                var count = Math.Min(ProtocolLimits.GetManyPathsMax, paths.Count - from);
                using var reply = await calls.SendAsync(
                    new RequestHeader { Opcode = Opcode.GetMany }, Encode(paths, from, count), cancel)
                    .ConfigureAwait(false);
                ClientCalls.ThrowUnlessOk(reply);
                await ReadAsync(calls, paths, from, reply, results, cancel).ConfigureAwait(false);
            }

            return results;
        }
        catch
        {
            foreach (var result in results) result.Dispose();
            throw;
        }
    }

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<EntryPath> paths, int from, int count)
    {
        var body = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(body, count);
        for (var i = 0; i < count; i++)
        {
            var path = ClientCalls.Checked(paths[from + i]);
            GetManyCodec.WritePath(body, PathHash.OfPath(path), path);
        }

        return body.WrittenMemory;
    }

    private static async ValueTask ReadAsync(
        ClientCalls calls, IReadOnlyList<EntryPath> paths, int from, Reply reply, EntryResult[] results,
        CancellationToken cancel)
    {
        foreach (var left in ReadRows(paths, from, reply, results))
            results[left] = await calls.GetAsync(paths[left], versionMin: 0, cancel).ConfigureAwait(false);
    }

    /// <summary>Takes the rows over; what did not fit into the message is returned, to be read by itself.</summary>
    private static List<int> ReadRows(IReadOnlyList<EntryPath> paths, int from, in Reply reply, EntryResult[] results)
    {
        var left = new List<int>();
        if (GetManyCodec.TryReadReply(reply.Body.Span, out var rows, out var error) != StatusCode.Ok)
            throw ClientCalls.Unreadable(error);
        for (var i = from; rows.MoveNext(); i++)
        {
            var header = new ReplyHeader { Status = rows.Status, Version = rows.Version };
            switch (rows.Status)
            {
                case StatusCode.Ok or StatusCode.NotFound:
                    results[i] = new EntryResult(Reply.Copy(header, rows.EntryBytes));
                    break;
                case StatusCode.TooLarge:
                    left.Add(i);
                    break;
                default:
                    throw new HedgerowException(
                        rows.Status, $"{paths[i]} could not be read: its shard said {rows.Status}.");
            }
        }

        return left;
    }
}
