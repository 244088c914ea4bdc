using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class DocumentCommandTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task A_path_under_a_collection_is_a_document(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await DeclareAsync(node);
        using var client = node.Connect();
        const string Json = "{\"text\":\"a\"}";
        Assert.Equal("\"OK\"", client.Do($"set /notes/1 {Json}"));
        Assert.Equal($"\"{Json}\"", client.Do("get /notes/1"));
        Assert.Equal($"[\"{Json}\", nil]", client.Do("mget /notes/1 /notes/2"));
        Assert.Equal("\"string\"", client.Do("type /notes/1"));
        Assert.Equal("1", client.Do("exists /notes/1"));
        Assert.Equal($"{Json.Length}", client.Do("strlen /notes/1"));
        Assert.Equal("0", client.Do($"setnx /notes/1 {Json}"));
        Assert.Equal($"\"{Json}\"", client.Do("getset /notes/1 {\"text\":\"b\"}"));
        Assert.Equal("\"{\"text\":\"b\"}\"", client.Do("get /notes/1"));
        Assert.Equal("1", client.Do("del /notes/1"));
        Assert.Equal("nil", client.Do("get /notes/1"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task What_a_document_cannot_do_is_said(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await DeclareAsync(node);
        using var client = node.Connect();
        client.Do("set /notes/1 {\"text\":\"a\"}");
        string[] commands = ["set /notes/1 nonsense", "incr /notes/1", "expire /notes/1 10", "hset /notes/1 f v"];
        foreach (var command in commands)
        {
            var answer = client.Do(command);
            Assert.True(answer.StartsWith("!ERR ", StringComparison.Ordinal) && answer.Length > 20, command + answer);
        }

        Assert.Equal("\"{\"text\":\"a\"}\"", client.Do("get /notes/1"));
    }

    private static async Task DeclareAsync(RespNode node)
    {
        var schema = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(schema, new CollectionSchema
        {
            Name = "notes", Fields = [new FieldSchema { Name = "text", Type = FieldType.Text }],
        });
        var header = new RequestHeader { Opcode = Opcode.CollectionPut };
        using var reply = await node.Executor.ExecuteAsync(header, schema.WrittenMemory, default);
        Assert.Equal(StatusCode.Ok, reply.Status);
        // Off the thread that reads the leaves' answers, which the tests would block.
        await Task.Yield();
    }
}
