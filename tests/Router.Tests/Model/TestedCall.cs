using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>A direct call that notes what it is told.</summary>
internal sealed class TestedCall(
    Opcode opcode, string path, string value = "", ulong version = 0, ulong compareVersion = 0) : DirectCall
{
    private readonly byte[] _path = Encoding.UTF8.GetBytes(path);
    private readonly byte[] _value = Encoding.UTF8.GetBytes(value);
    private readonly byte[] _body = Cluster.BodyOf(new CacheCommand
    {
        Opcode = opcode,
        Path = Encoding.UTF8.GetBytes(path),
        Value = Encoding.UTF8.GetBytes(value),
        Version = version,
        CompareVersion = compareVersion,
    });

    public StatusCode? Status { get; private set; }

    public ulong AnsweredVersion { get; private set; }

    public string? Text { get; private set; }

    /// <summary>Of a write: replicas that have it.</summary>
    public int Replicas => BinaryPrimitives.ReadUInt16LittleEndian(Encoding.UTF8.GetBytes(Text!));

    public ValueTask<Reply>? Routed { get; private set; }

    public Action? WhenRouted { get; set; }

    public CancellationToken Cancel { get; set; }

    /// <summary>The version in the body.</summary>
    public ulong Stamped
    {
        get
        {
            Assert.Equal(StatusCode.Ok, CacheCommand.TryRead(opcode, _body, out var command, out _));
            return command.Version;
        }
    }

    protected internal override Memory<byte> Body => _body;

    public bool TryBegin(DirectCalls calls, FrameFlags flags = FrameFlags.None) => calls.TryBegin(
        this, new RequestHeader { Opcode = opcode, Flags = flags },
        new CacheCommand
        {
            Opcode = opcode, Path = _path, Value = _value, Version = version, CompareVersion = compareVersion,
        });

    public bool Leave() => EndEarly();

    /// <summary>To be begun again.</summary>
    public void Reset() => Status = null;

    protected override void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        Assert.Null(Status);
        (Status, AnsweredVersion) = (header.Status, header.Version);
        if (body.Length > 0 && !IsQuiet) Text = Encoding.UTF8.GetString(body);
    }

    protected override void OnRouted(ValueTask<Reply> answer)
    {
        Routed = answer;
        WhenRouted?.Invoke();
    }

    protected override CancellationToken CancelOfRouted() => Cancel;

    /// <summary>Keeps no text: for a test of allocations.</summary>
    public bool IsQuiet { get; init; }
}

/// <summary>A thread with links: what is posted to it runs when the test says so.</summary>
internal sealed class FakeThread(FakeTimeProvider time) : IDirectThread
{
    private readonly Queue<Action> _posted = new();

    public long NowTicks => time.GetTimestamp();

    public void Post(Action action) => _posted.Enqueue(action);

    public void Run()
    {
        while (_posted.TryDequeue(out var action)) action();
    }
}

/// <summary>A link that holds one request.</summary>
internal sealed class EchoLink : IDirectLink
{
    private ILinkTaker? _taker;

    public bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body, ILinkTaker taker, out uint requestId)
    {
        requestId = 1;
        _taker = taker;
        return true;
    }

    public void Answer(StatusCode status) => _taker!.Take(new ReplyHeader { Status = status }, []);

    public ValueTask<Reply> Await(uint requestId, CancellationToken cancel) => throw new NotSupportedException();

    public void Drop(uint requestId) => throw new NotSupportedException();
}
