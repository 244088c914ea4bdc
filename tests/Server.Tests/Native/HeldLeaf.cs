using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Native;

/// <summary>
/// A leaf on a port that knows no entry, takes every write, and answers a request for <see cref="HeldPath"/> only when
/// it is cancelled.
/// </summary>
internal sealed class HeldLeaf : IRequestHandler, IAsyncDisposable
{
    public const string HeldPath = "/held";

    private readonly ConcurrentDictionary<(IReplySink, uint), Opcode> _held = new();
    private readonly TaskCompletionSource _hasHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _wasCancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NativeListener _listener;
    private int _answered;

    public HeldLeaf(SessionLoops loops)
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        _listener = NativeListener.Bind(
            new NativeListenerOptions(any, 100, ProtocolLimits.Default), loops, TimeProvider.System,
            NullLogger.Instance);
        var hello = new HelloReply { Features = ProtocolFeatures.Leaf };
        _listener.Start(this, new TokenHelloPolicy(hello, new SharedToken(""), () => 1));
    }

    public string Address => _listener.EndPoint.ToString();

    /// <summary>Requests answered so far.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Done when a request is held.</summary>
    public Task HasHeld => _hasHeld.Task;

    /// <summary>Done when a request that was held is cancelled.</summary>
    public Task WasCancelled => _wasCancelled.Task;

    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        var isEntry = CacheCommand.TryRead(header.Opcode, body, out var command, out _) == StatusCode.Ok;
        if (isEntry && Encoding.UTF8.GetString(command.Path) == HeldPath)
        {
            _held[(replies, header.RequestId)] = header.Opcode;
            _hasHeld.TrySetResult();
            return;
        }

        var status = !isEntry ? StatusCode.UnknownOpcode
            : CacheCommand.IsRead(header.Opcode) ? StatusCode.NotFound : StatusCode.Ok;
        replies.Reply(
            new ReplyHeader
            {
                Opcode = header.Opcode, RequestId = header.RequestId, Status = status, Version = command.Version,
            },
            []);
        if (isEntry) Interlocked.Increment(ref _answered);
    }

    public void OnCancel(uint requestId, IReplySink replies)
    {
        if (!_held.TryRemove((replies, requestId), out var opcode)) return;
        replies.Reply(
            new ReplyHeader { Opcode = opcode, RequestId = requestId, Status = StatusCode.Cancelled }, []);
        _wasCancelled.TrySetResult();
    }

    public void OnClosed(IReplySink replies)
    {
        foreach (var key in _held.Keys.Where(key => key.Item1 == replies)) _held.TryRemove(key, out _);
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
