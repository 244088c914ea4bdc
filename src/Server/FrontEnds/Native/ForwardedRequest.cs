using System.Buffers;
using Hedgerow.Protocol;
using Microsoft.Extensions.ObjectPool;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>A request on its way through the router: a copy of its body and the means to stop it. Used again.</summary>
internal sealed class ForwardedRequest : IDisposable
{
    private CancellationTokenSource _stop = new();
    private byte[] _buffer = [];
    private int _length;

    /// <summary>As it came.</summary>
    public RequestHeader Header { get; private set; }

    /// <summary>Where the answer goes.</summary>
    public IReplySink Replies { get; private set; } = null!;

    /// <summary>The body; valid until the request is returned.</summary>
    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _length);

    /// <summary>Cancelled by <see cref="Stop"/>.</summary>
    public CancellationToken Cancel => _stop.Token;

    /// <summary>The client no longer wants the answer.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>The pool has no room for it.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>Gives the body's buffer back where the request itself can't be used again.</summary>
    public void ReturnBuffer()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Begin(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        Header = header;
        Replies = replies;
        _length = body.Length;
        if (body.Length == 0) return;
        _buffer = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(_buffer);
    }

    /// <summary>Requests to use again. Thread-safe.</summary>
    internal sealed class Pool
    {
        private readonly ObjectPool<ForwardedRequest> _pool =
            new DefaultObjectPoolProvider { MaximumRetained = 1_024 }.Create(new Policy());

        /// <summary>Copies the body.</summary>
        public ForwardedRequest Rent(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
        {
            var request = _pool.Get();
            request.Begin(header, body, replies);
            return request;
        }

        /// <summary>Takes back one that nobody else holds.</summary>
        public void Return(ForwardedRequest request)
        {
            request.ReturnBuffer();
            request.Replies = null!;
            _pool.Return(request);
        }

        private sealed class Policy : PooledObjectPolicy<ForwardedRequest>
        {
            public override ForwardedRequest Create() => new();

            public override bool Return(ForwardedRequest obj)
            {
                if (obj._stop.TryReset()) return true;
                obj._stop.Dispose();
                obj._stop = new CancellationTokenSource();
                return true;
            }
        }
    }
}
