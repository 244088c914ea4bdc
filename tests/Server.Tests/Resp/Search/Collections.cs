using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Declares collections behind a node, and reads from them past the RESP port.</summary>
internal static class Collections
{
    public static CollectionSchema Hashes(string name, string prefix, params FieldSchema[] fields) => new()
    {
        Name = name, Fields = fields, OwnPrefix = prefix, Shape = DocumentShape.Hash, IgnoreMalformed = true,
    };

    public static async Task DeclareAsync(RespNode node, CollectionSchema schema) =>
        Assert.Equal(StatusCode.Ok, await TryDeclareAsync(node, schema));

    public static async Task<StatusCode> TryDeclareAsync(RespNode node, CollectionSchema schema)
    {
        var body = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(body, schema);
        var header = new RequestHeader { Opcode = Opcode.CollectionPut };
        using var reply = await node.Executor.ExecuteAsync(header, body.WrittenMemory, default);
        var status = reply.Status;
        // Off the thread that reads the leaves' answers, which the tests would block.
        await Task.Yield();
        return status;
    }

    public static async Task<string> JsonAsync(RespNode node, string path)
    {
        var get = new byte[256];
        var length = Write(get, path);
        var header = new RequestHeader { Opcode = Opcode.Get };
        using var reply = await node.Executor.ExecuteAsync(header, get.AsMemory(0, length), default);
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.True(EntryBody.TryRead(reply.Body.Span, out var entry));
        var json = Encoding.UTF8.GetString(entry.Value);
        await Task.Yield();
        return json;
    }

    private static int Write(byte[] body, string path)
    {
        var get = new CacheCommand { Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes(path) };
        get.WriteTo(body);
        return get.Length;
    }
}
