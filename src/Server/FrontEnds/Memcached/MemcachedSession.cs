using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// One memcached connection: cuts the input into commands, and answers each in its turn. Over a leaf most are executed
/// on the way through (<see cref="InlineCommands"/>); the others run beside each other and are answered in order.
/// </summary>
/// <remarks>
/// What the peer can make it hold is bounded: a line, a data block of limits.value, <see
/// cref="MemcachedLimits.InFlightMax"/> commands or as many as have <see cref="MemcachedLimits.BytesInFlightMax"/>, and
/// the output, which stops the reading when it is full. The data of a refused command is passed over as it comes.
/// </remarks>
internal sealed partial class MemcachedSession : ClientSession
{
    private readonly MemcachedFrontEnd _frontEnd;
    private readonly ReplyOrder _order;
    private readonly InlineCommands _inline;
    private readonly CommandRunner _runner;
    private readonly Retrieval _retrieval = new();
    private long _passOver;
    private bool _isAuthenticated;
    private bool _isQuitting;
    private bool _hasMore;

    public MemcachedSession(SessionContext context, MemcachedFrontEnd frontEnd)
        : base(context)
    {
        _frontEnd = frontEnd;
        Room = new AnswerRoom(frontEnd.AnswerBytesMax);
        _order = new ReplyOrder(Output, Room, Wake);
        (var executor, _runner) = frontEnd.Of(context.Id);
        _inline = new InlineCommands(executor, Output, Counters);
        _isAuthenticated = !frontEnd.Token.IsSet;
    }

    /// <summary>What it did. Any thread.</summary>
    public MemcachedCounters Counters { get; } = new();

    /// <summary>What answers that wait for their turn take.</summary>
    public AnswerRoom Room { get; }

    /// <inheritdoc/>
    public override bool HasMoreOutput => _hasMore;

    /// <inheritdoc/>
    public override bool HasUnanswered => !_order.IsEmpty;

    private long NowMs => _frontEnd.Executor.UtcNowMs;

    /// <inheritdoc/>
    public override int Consume(ReadOnlySpan<byte> input)
    {
        BytesWanted = 0;
        var before = Output.Position;
        var at = 0;
        _frontEnd.Executor.BeginBatch();
        try
        {
            while (at < input.Length && !IsWaiting && !_isQuitting && !Output.IsFull)
            {
                var used = Step(input[at..]);
                if (used == 0) break;
                at += used;
            }
        }
        finally
        {
            _frontEnd.Executor.EndBatch();
        }

        Counters.Add(MemcachedCounter.BytesRead, at);
        Counters.Add(MemcachedCounter.BytesWritten, Output.Position - before);
        return at;
    }

    /// <inheritdoc/>
    public override void OnWake()
    {
        var before = Output.Position;
        while (!Output.IsFull && _order.TakeDone() is { } done)
        {
            Send(done);
            _order.Return(done);
        }

        _hasMore = Output.IsFull && _order.IsNextDone;
        Counters.Add(MemcachedCounter.BytesWritten, Output.Position - before);
        IsWaiting = false;
    }

    /// <inheritdoc/>
    public override void WriteMore() => OnWake();

    /// <inheritdoc/>
    public override void OnClosed()
    {
        _order.Abandon();
        _frontEnd.OnClosed(this);
    }

    private int Step(ReadOnlySpan<byte> input)
    {
        if (_passOver > 0)
        {
            var passed = (int)Math.Min(_passOver, input.Length);
            _passOver -= passed;
            return passed;
        }

        if (_retrieval.IsActive) return TakeKeys(input);
        if (input[0] == BinaryRefusal.RequestMagic)
        {
            End(BinaryRefusal.Make(input));
            return input.Length;
        }

        var lineEnd = input.IndexOf((byte)'\n');
        if (lineEnd < 0 && input.Length <= MemcachedLimits.LineBytesMax) return 0;
        if (TryBeginRetrieval(input, lineEnd, out var used)) return used;
        if (lineEnd >= 0 && lineEnd <= MemcachedLimits.LineBytesMax) return TakeLine(input, lineEnd);
        End(ErrorText.LineTooLong);
        return input.Length;
    }

    private int TakeLine(ReadOnlySpan<byte> input, int lineEnd)
    {
        var text = input[..(lineEnd > 1 && input[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd)];
        var line = new CommandLine(text);
        var used = lineEnd + 1;
        if (!_isAuthenticated) return Authenticate(line, input, used);
        var verb = line.Count == 0 ? MemcachedVerb.None : MemcachedCommands.Find(line[0]);
        switch (verb)
        {
            case MemcachedVerb.Set or MemcachedVerb.Add or MemcachedVerb.Replace or MemcachedVerb.Append
                or MemcachedVerb.Prepend or MemcachedVerb.Cas or MemcachedVerb.MetaSet:
                return TakeStore(line, verb, text, input, used);
            case MemcachedVerb.MetaGet or MemcachedVerb.MetaDelete or MemcachedVerb.MetaArithmetic
                or MemcachedVerb.MetaDebug:
                return TakeMeta(line, verb, text) ? used : 0;
            case MemcachedVerb.Delete or MemcachedVerb.Touch or MemcachedVerb.Incr or MemcachedVerb.Decr:
                return TakeClassic(line, verb, text) ? used : 0;
            case MemcachedVerb.Stats or MemcachedVerb.FlushAll:
                return TakeBarrier(line, verb, text) ? used : 0;
            case MemcachedVerb.Quit:
                End(default);
                return input.Length;
            case MemcachedVerb.None when line.Last.StartsWith("HTTP/"u8):
                End(default);
                return input.Length;
            default:
                _order.Write(ServerCommands.AnswerAtOnce(verb, line));
                return used;
        }
    }

    private int TakeStore(
        in CommandLine line, MemcachedVerb verb, ReadOnlySpan<byte> text, ReadOnlySpan<byte> input, int dataAt)
    {
        Span<byte> keyRoom = stackalloc byte[MemcachedLimits.KeyBytesMax];
        var nowMs = NowMs;
        var error = ReadStore(line, verb, nowMs, out var request, out var bytes, keyRoom, out var keyLength);
        var isSilent = request.IsQuiet && !request.IsMeta;
        if (!error.IsEmpty)
        {
            if (!isSilent || bytes < 0 && error.SequenceEqual(ErrorText.Unknown)) _order.Write(error);
            if (bytes >= 0) _passOver = bytes + 2L;
            return dataAt;
        }

        ReadOnlySpan<byte> key = keyRoom[..keyLength];
        if (bytes > _frontEnd.ValueBytesMax) return RefuseTooLarge(request, key, bytes, dataAt);
        var whole = dataAt + bytes + 2;
        if (input.Length < whole)
        {
            BytesWanted = whole;
            return 0;
        }

        var block = input.Slice(dataAt, bytes + 2);
        if (!block.EndsWith("\r\n"u8))
        {
            if (!isSilent) _order.Write(ErrorText.BadChunk);
            return whole;
        }

        if (_order.IsEmpty && _inline.TryStore(request, line, key, block[..bytes])) return whole;
        return TryStart(request, text, key, block[..bytes], nowMs) ? whole : 0;
    }

    private static ReadOnlySpan<byte> ReadStore(
        scoped in CommandLine line, MemcachedVerb verb, long nowMs, scoped out EntryRequest request,
        scoped out int bytes, scoped Span<byte> key, scoped out int keyLength)
    {
        if (verb != MemcachedVerb.MetaSet)
        {
            var wrong = ClassicParser.ReadStore(line, verb, nowMs, out request, out bytes);
            keyLength = wrong.IsEmpty ? line[1].Length : 0;
            line[1][..keyLength].CopyTo(key);
            return wrong;
        }

        var isLength = Numbers.TryInt32(line[2], out bytes) && bytes is >= 0 and <= int.MaxValue - 2;
        if (!isLength) bytes = -1;
        var error = MetaParser.Read(line, verb, nowMs, out request, key, out keyLength);
        return error.IsEmpty && !isLength ? ErrorText.BadFormat : error;
    }

    // A set that can't be done must not leave what it was to take the place of: the client believes it is gone.
    private int RefuseTooLarge(in EntryRequest request, ReadOnlySpan<byte> key, int bytes, int dataAt)
    {
        if (request.Mode == StoreMode.Set)
        {
            var delete = new EntryRequest { Verb = MemcachedVerb.Delete, IsQuiet = true };
            if (!TryStart(delete, default, key, default, NowMs)) return 0;
        }

        Counters.CountCommand(request, CommandResult.TooLarge);
        if (!request.IsQuiet || request.IsMeta) _order.Write(ErrorText.TooLarge);
        _passOver = bytes + 2L;
        return dataAt;
    }

    private bool TakeMeta(in CommandLine line, MemcachedVerb verb, ReadOnlySpan<byte> text)
    {
        Span<byte> keyRoom = stackalloc byte[MemcachedLimits.KeyBytesMax];
        var nowMs = NowMs;
        int keyLength;
        var error = verb == MemcachedVerb.MetaDebug
            ? MetaParser.ReadDebug(line, out var request, keyRoom, out keyLength)
            : MetaParser.Read(line, verb, nowMs, out request, keyRoom, out keyLength);
        if (!error.IsEmpty)
        {
            _order.Write(error);
            return true;
        }

        ReadOnlySpan<byte> key = keyRoom[..keyLength];
        if (_order.IsEmpty)
        {
            if (verb == MemcachedVerb.MetaGet && _inline.TryMetaGet(request, line, key, nowMs)) return true;
            if (verb == MemcachedVerb.MetaDelete && _inline.TryRemove(request, line, key)) return true;
        }

        return TryStart(request, text, key, default, nowMs);
    }

    private bool TakeClassic(in CommandLine line, MemcachedVerb verb, ReadOnlySpan<byte> text)
    {
        var nowMs = NowMs;
        EntryRequest request;
        var error = verb switch
        {
            MemcachedVerb.Delete => ClassicParser.ReadDelete(line, out request),
            MemcachedVerb.Touch => ClassicParser.ReadTouch(line, nowMs, out request),
            _ => ClassicParser.ReadCount(line, verb, out request),
        };
        if (!error.IsEmpty)
        {
            if (!request.IsQuiet) _order.Write(error);
            return true;
        }

        var key = line[1];
        if (_order.IsEmpty)
        {
            if (verb == MemcachedVerb.Delete && _inline.TryRemove(request, line, key)) return true;
            if (verb == MemcachedVerb.Touch && _inline.TryTouch(request, key)) return true;
        }

        return TryStart(request, text, key, default, nowMs);
    }

    private bool TakeBarrier(in CommandLine line, MemcachedVerb verb, ReadOnlySpan<byte> text)
    {
        var error = ServerCommands.Check(verb, line, out var isQuiet);
        if (error.IsEmpty && !_order.IsEmpty)
        {
            IsWaiting = true;
            return false;
        }

        // Not before: a line that waits is read again.
        if (verb == MemcachedVerb.FlushAll) Counters.Add(MemcachedCounter.CmdFlush);
        if (!error.IsEmpty)
        {
            if (!isQuiet) _order.Write(error);
            return true;
        }

        var command = _order.Rent();
        var request = new EntryRequest { Verb = verb, IsQuiet = isQuiet };
        command.Begin(request, OrderClass.Barrier, 0, text, default, default, NowMs);
        Run(command);
        return true;
    }

    private int Authenticate(in CommandLine line, ReadOnlySpan<byte> input, int dataAt)
    {
        var length = Authentication.DataLength(line);
        if (length == 0)
        {
            _order.Write(ErrorText.Unauthenticated);
            return dataAt;
        }

        if (input.Length < dataAt + length)
        {
            BytesWanted = dataAt + length;
            return 0;
        }

        var answer = Authentication.Judge(input.Slice(dataAt, length), _frontEnd.Token, out _isAuthenticated);
        Counters.Add(MemcachedCounter.AuthCmds);
        if (!_isAuthenticated) Counters.Add(MemcachedCounter.AuthErrors);
        _order.Write(answer);
        return dataAt + length;
    }

    // False: it must wait for others, and is read again.
    private bool TryStart(
        in EntryRequest request, ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, long nowMs)
    {
        var hash = PathHash.OfPath(key);
        var order = request.Writes ? OrderClass.Write : OrderClass.Read;
        if (_order.MustWait(order, hash))
        {
            IsWaiting = true;
            return false;
        }

        var command = _order.Rent();
        command.Begin(request, order, hash, text, key, data, nowMs);
        Run(command);
        return true;
    }

    private void Run(PendingCommand command)
    {
        var isDone = command.Watch(_runner.RunAsync(command));
        if (!isDone || !_order.IsEmpty)
        {
            _order.Add(command);
            return;
        }

        Send(command);
        _order.Return(command);
    }

    private void Send(PendingCommand done)
    {
        if (done.EndsRetrieval)
        {
            EndRetrieval();
        }
        else if (done.IsRetrieval)
        {
            Counters.CountReads(done.Request.HasTtl, done.Hits, Math.Max(1, done.Keys) - done.Hits);
            if (_retrieval.Error.Length == 0) _retrieval.Error.Write(done.Error.WrittenSpan);
        }
        else if (done.Request.Verb is not (MemcachedVerb.None or MemcachedVerb.Stats or MemcachedVerb.FlushAll))
        {
            Counters.CountCommand(done.Request, done.Result);
        }

        Output.Write(done.Answer.WrittenSpan);
    }

    private void End(ReadOnlySpan<byte> lastWords)
    {
        if (!lastWords.IsEmpty) _order.Write(lastWords);
        _isQuitting = true;
        CloseAfterFlush();
    }
}
