using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Sockets;

/// <summary>
/// A protocol of lines that does what its commands say, for the tests of loops: <c>echo X</c> answers X, <c>fill N</c>
/// answers N bytes, <c>take N</c> swallows the N bytes behind its line, <c>wait</c> answers when somebody calls
/// <see cref="Answer"/>, <c>hold</c> stops the loop, <c>quit</c>, <c>abort</c> and <c>throw</c> end it.
/// </summary>
internal sealed class LineSession : ClientSession
{
    private readonly Factory _factory;
    private int _answers;
    private int _awaited;

    private LineSession(SessionContext context, Factory factory)
        : base(context)
    {
        _factory = factory;
    }

    /// <summary>Calls of <see cref="Consume"/>.</summary>
    public int Calls { get; private set; }

    public int Closings { get; private set; }

    public int Wakings { get; private set; }

    /// <summary>Bytes that the loop's thread had allocated when a <c>mark</c> came.</summary>
    public ConcurrentQueue<long> Marks { get; } = new();

    public override bool HasUnanswered => _awaited > 0;

    public void Answer()
    {
        Interlocked.Increment(ref _answers);
        Wake();
    }

    public override int Consume(ReadOnlySpan<byte> input)
    {
        Calls++;
        var consumed = 0;
        while (!IsWaiting && !Output.IsFull)
        {
            var rest = input[consumed..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0) break;
            var used = Run(rest[..end], rest[(end + 1)..]);
            if (used < 0) break;
            consumed += end + 1 + used;
        }

        return consumed;
    }

    public override void OnWake()
    {
        Wakings++;
        for (var left = Interlocked.Exchange(ref _answers, 0); left > 0; left--)
        {
            _awaited--;
            Output.Write("done\n"u8);
        }

        IsWaiting = _awaited > 0;
    }

    public override void OnClosed()
    {
        Closings++;
        _factory.Closed.Release();
    }

    // Bytes used behind the line; -1 when there are not enough.
    private int Run(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        var argument = space < 0 ? default : line[(space + 1)..];
        BytesWanted = 0;
        if (word.SequenceEqual("echo"u8))
        {
            Output.Write(argument);
            Output.Write("\n"u8);
        }
        else if (word.SequenceEqual("fill"u8)) Fill(Number(argument));
        else if (word.SequenceEqual("take"u8)) return Take(line.Length + 1, Number(argument), rest.Length);
        else if (word.SequenceEqual("wait"u8))
        {
            IsWaiting = true;
            _awaited++;
            _factory.Awaiting.Release();
        }
        else if (word.SequenceEqual("hold"u8)) _factory.Hold();
        else if (word.SequenceEqual("quit"u8)) CloseAfterFlush();
        else if (word.SequenceEqual("abort"u8)) Abort();
        else if (word.SequenceEqual("mark"u8)) Marks.Enqueue(GC.GetAllocatedBytesForCurrentThread());
        else throw new InvalidDataException(Encoding.ASCII.GetString(line));
        return 0;
    }

    private int Take(int lineLength, int wanted, int there)
    {
        if (there < wanted)
        {
            BytesWanted = lineLength + wanted;
            return -1;
        }

        Output.Write("taken\n"u8);
        return wanted;
    }

    private void Fill(int count)
    {
        Output.GetSpan(count)[..count].Fill((byte)'x');
        Output.Advance(count);
    }

    private static int Number(ReadOnlySpan<byte> digits) => int.Parse(digits, NumberStyles.None, null);

    /// <summary>Makes them and keeps them, in the order they were accepted.</summary>
    internal sealed class Factory : ISessionFactory, IDisposable
    {
        private readonly ConcurrentQueue<LineSession> _sessions = new();

        public IReadOnlyCollection<LineSession> Sessions => _sessions;

        public LineSession Only => _sessions.Single();

        /// <summary>Released at every session that closed.</summary>
        public SemaphoreSlim Closed { get; } = new(0);

        /// <summary>Released at every <c>wait</c>.</summary>
        public SemaphoreSlim Awaiting { get; } = new(0);

        public ClientSession Create(SessionContext context)
        {
            var session = new LineSession(context, this);
            _sessions.Enqueue(session);
            return session;
        }

        /// <summary>Released for every <c>hold</c> to end: the loop stands still meanwhile.</summary>
        public SemaphoreSlim Go { get; } = new(0);

        public void Hold()
        {
            Awaiting.Release();
            Assert.True(Go.Wait(LoopUnderTest.Patience));
        }

        public void Dispose()
        {
            Go.Dispose();
            Closed.Dispose();
            Awaiting.Dispose();
        }
    }
}
