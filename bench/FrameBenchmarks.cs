using BenchmarkDotNet.Attributes;
using Hedgerow.Protocol;

namespace Hedgerow.Bench;

/// <summary>
/// Measures the frame codec alone: a header and a cache command written to a buffer and read back, as each hop does
/// once a request. No pipe, no socket.
/// </summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly byte[] _path = "/load/000012345"u8.ToArray();
    private readonly byte[] _value = new byte[100];
    private readonly byte[] _frame = new byte[512];
    private readonly byte[] _reply = new byte[512];
    private int _setLength;

    /// <summary>Leaves a Set frame and a Get reply to read.</summary>
    [GlobalSetup]
    public void Setup()
    {
        WriteSet();
        WriteReply();
    }

    /// <summary>Header and body of a Set with a path of 15 bytes and a value of 100.</summary>
    [Benchmark]
    public int WriteSet()
    {
        var command = new CacheCommand { Opcode = Opcode.Set, Path = _path, Value = _value, Version = 7 };
        _setLength = command.Length;
        var header = new RequestHeader
        {
            Opcode = Opcode.Set,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = 42,
            PathHash = PathHash.OfPath(_path),
            BodyLength = _setLength,
        };
        header.WriteTo(_frame);
        command.WriteTo(_frame.AsSpan(RequestHeader.Size));
        return RequestHeader.Size + _setLength;
    }

    /// <summary>The same read back, checked.</summary>
    [Benchmark]
    public int ReadSet()
    {
        var header = RequestHeader.Read(_frame);
        CacheCommand.TryRead(header.Opcode, _frame.AsSpan(RequestHeader.Size, _setLength), out var command, out _);
        return command.Value.Length;
    }

    /// <summary>Header and body of a Get's reply with a value of 100 bytes.</summary>
    [Benchmark]
    public void WriteReply()
    {
        var header = new ReplyHeader
        {
            Opcode = Opcode.Get,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = 42,
            Version = 7,
            BodyLength = EntryBody.PrefixLength + _value.Length,
        };
        header.WriteTo(_reply);
        var body = _reply.AsSpan(RequestHeader.Size);
        EntryBody.WritePrefix(body, 0, 0);
        _value.CopyTo(body[EntryBody.PrefixLength..]);
    }

    /// <summary>The same read back.</summary>
    [Benchmark]
    public int ReadReply()
    {
        var header = ReplyHeader.Read(_reply);
        EntryBody.TryRead(_reply.AsSpan(RequestHeader.Size, header.BodyLength), out var entry);
        return entry.Value.Length;
    }

    /// <summary>XXH3-64 of a path of 15 bytes.</summary>
    [Benchmark]
    public ulong HashPath() => PathHash.OfPath(_path);
}
