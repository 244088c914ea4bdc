using System.Net;
using System.Text;
using System.Threading.Channels;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>
/// A memcached session without a socket: bytes are fed as its loop would, and what it wrote is taken.
/// </summary>
internal sealed class TestConnection
{
    private static long _lastId;
    private readonly Context _context;
    private byte[] _held = [];

    public TestConnection(MemcachedFrontEnd frontEnd)
    {
        _context = new Context(Interlocked.Increment(ref _lastId));
        Session = (MemcachedSession)frontEnd.Create(_context);
    }

    public MemcachedSession Session { get; }

    /// <summary>Bytes that came and were not consumed.</summary>
    public int Held => _held.Length;

    public bool IsClosing => _context.IsClosing;

    /// <summary>Sends text and takes everything that it is answered with.</summary>
    public async Task<string> SayAsync(string text) =>
        Encoding.Latin1.GetString(await SendAsync(Encoding.Latin1.GetBytes(text)));

    /// <summary>Sends bytes and takes everything that they are answered with.</summary>
    public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var answer = new List<byte>();
        _held = [.. _held, .. bytes.Span];
        do
        {
            Turn(answer);
        }
        while (await _context.IsWokenAsync(Session) && Wake());

        Turn(answer);
        return [.. answer];
    }

    /// <summary>Sends bytes that are answered at once, again and again, and drops the answers.</summary>
    public void Repeat(byte[] bytes, int times)
    {
        for (var i = 0; i < times; i++)
        {
            if (Session.Consume(bytes) != bytes.Length) throw new InvalidOperationException("Not all was consumed.");
            _context.Output.Clear();
        }
    }

    private bool Wake()
    {
        Session.OnWake();
        return true;
    }

    private void Turn(List<byte> answer)
    {
        while (_held.Length > 0 && _held.Length >= Session.BytesWanted && !Session.IsWaiting && !IsClosing)
        {
            var used = Session.Consume(_held);
            Assert.InRange(used, 0, _held.Length);
            _held = _held[used..];
            answer.AddRange(_context.Take());
            if (used == 0) break;
        }

        answer.AddRange(_context.Take());
        while (Session.HasMoreOutput)
        {
            Session.WriteMore();
            answer.AddRange(_context.Take());
        }
    }

    private sealed class Context(long id) : SessionContext(id, new SessionOutput(new SessionBuffers(), 256 * 1024))
    {
        private readonly Channel<bool> _wakes = Channel.CreateUnbounded<bool>();

        public override EndPoint Peer { get; } = new IPEndPoint(IPAddress.Loopback, 50_000);

        public override EndPoint Local { get; } = new IPEndPoint(IPAddress.Loopback, 7602);

        public override TimeSpan Age => TimeSpan.Zero;

        public override TimeSpan Idle => TimeSpan.Zero;

        public bool IsClosing { get; private set; }

        public override void Wake() => _wakes.Writer.TryWrite(true);

        public override void Kill() => IsClosing = true;

        public override void CloseAfterFlush() => IsClosing = true;

        public override void Abort() => IsClosing = true;

        public byte[] Take()
        {
            var bytes = Output.Unsent.ToArray();
            Output.Clear();
            return bytes;
        }

        /// <summary>Waits for a wake while something is not answered; false when nothing is.</summary>
        public async Task<bool> IsWokenAsync(MemcachedSession session)
        {
            if (!session.HasUnanswered) return false;
            return await _wakes.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }
}
