using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// The keyspace as the commands of one EXEC see it: every key they name was read, with its version, before they begin;
/// they run on these copies by the same code as ever; then one <see cref="Opcode.Transact"/> writes what changed,
/// provided that every version still stands. Not thread-safe: one command runs at a time.
/// </summary>
internal sealed class TransactionView : ICommandExecutor
{
    private readonly ICommandExecutor _inner;
    private readonly int _valueBytesMax;
    private readonly Dictionary<byte[], ViewEntry> _entries = new(ByteStrings.Instance);
    private readonly Dictionary<byte[], ViewEntry>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public TransactionView(ICommandExecutor inner, int valueBytesMax)
    {
        _inner = inner;
        _valueBytesMax = valueBytesMax;
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        UtcNowMs = inner.UtcNowMs;
    }

    /// <inheritdoc/>
    public int Shards => _inner.Shards;

    /// <summary>The time at which the transaction began: the same for all its commands.</summary>
    public long UtcNowMs { get; }

    /// <inheritdoc/>
    public long TransactionsSoFar => 0;

    /// <summary>The keys that were read.</summary>
    public IReadOnlyCollection<ViewEntry> Entries => _entries.Values;

    /// <summary>Whether everything is to be deleted before the keys are written.</summary>
    public bool IsFlushed { get; private set; }

    /// <summary>Whether a key was read.</summary>
    public bool Has(ReadOnlySpan<byte> path) => _lookup.ContainsKey(path);

    /// <summary>Takes over what was read of a key.</summary>
    public ViewEntry Load(ReadOnlySpan<byte> path, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        var entry = new ViewEntry(path.ToArray());
        entry.Load(outcome, value);
        _entries[entry.Path] = entry;
        return entry;
    }

    /// <inheritdoc/>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        if (!_lookup.TryGetValue(command.Path, out var entry)) return false;
        var status = entry.Execute(command, UtcNowMs, _valueBytesMax, output);
        outcome = new CommandOutcome
        {
            Status = status,
            Version = entry.Version,
            EntryFlags = entry.EntryFlags,
            ExpiresAtMs = entry.ExpiresAtMs,
            Kind = entry.Kind,
        };
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (header.Opcode == Opcode.Transact) return new ValueTask<Reply>(Transact(body.Span));
        if (header.Opcode == Opcode.Flush) return new ValueTask<Reply>(Flush());
        if (CacheCommand.Carries(header.Opcode) || header.Opcode == Opcode.GetMany)
            throw new InvalidOperationException($"{header.Opcode} of a key that the command's row does not name.");
        return _inner.ExecuteAsync(header, body, cancel);
    }

    /// <inheritdoc/>
    public int ShardOf(ReadOnlySpan<byte> path) => _inner.ShardOf(path);

    /// <inheritdoc/>
    public void Prefetch(ReadOnlySpan<byte> path)
    {
        // Everything is here.
    }

    /// <inheritdoc/>
    public void BeginBatch()
    {
        // Nothing leaves before the commit.
    }

    /// <inheritdoc/>
    public void EndBatch()
    {
        // Nothing left.
    }

    private Reply Flush()
    {
        IsFlushed = true;
        foreach (var entry in _entries.Values) entry.Flush();
        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, []);
    }

    private Reply Transact(ReadOnlySpan<byte> body)
    {
        var status = TransactCodec.TryRead(body, out var request, out _);
        while (status == StatusCode.Ok && request.NextCheck())
        {
            var holds = _lookup.TryGetValue(request.CheckPath, out var entry)
                && (entry.IsLive ? entry.Version : 0) == request.CheckVersion;
            if (!holds) status = StatusCode.VersionMismatch;
        }

        var output = new ArrayBufferWriter<byte>();
        while (status == StatusCode.Ok && request.NextWrite())
            if (!TryExecute(request.Write, 0, output, out _)) status = StatusCode.Internal;
        return Reply.Copy(new ReplyHeader { Status = status }, []);
    }
}
