using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Reads one shard's answer.</summary>
internal delegate bool TryReadReply<T>(
    ReadOnlyMemory<byte> body, [NotNullWhen(true)] out T? message, out string? error);

/// <summary>
/// One question to one replica of every shard, hedged each for itself, and what they answered of one index; null where
/// one did not in time. Its end is a share of the time left, so that an answer with what has come is still in time.
/// Disposed when all is copied out that lies in the answers.
/// </summary>
internal sealed class ShardRound<T> : IDisposable
    where T : class
{
    private readonly Reply[] _replies;

    private ShardRound(Reply[] replies, T?[] answers)
    {
        _replies = replies;
        Answers = answers;
    }

    /// <summary>By shard.</summary>
    public T?[] Answers { get; }

    /// <summary>Those that came.</summary>
    public IEnumerable<T> Good => Answers.OfType<T>();

    /// <summary>Asks.</summary>
    /// <param name="rounds">Whom, and until when they agree.</param>
    /// <param name="moves">Which index.</param>
    /// <param name="question">What of an index of this name, and how it is read.</param>
    /// <param name="allowPartial">Whether some answers will do.</param>
    /// <param name="deadlineAt">The caller's deadline.</param>
    /// <param name="cancel">The caller's.</param>
    /// <returns>The round; or the refusal, when a shard's error is the answer for all, or too few answered.</returns>
    public static async ValueTask<(ShardRound<T>? Round, Reply Refusal)> AskAsync(
        IndexRounds rounds, IndexMoves moves, Func<string, ShardQuestion<T>> question, bool allowPartial,
        long deadlineAt, CancellationToken cancel)
    {
        TryReadReply<T> read = null!;
        var (replies, refusal) = await rounds.AskAsync(moves, Ask, allowPartial, deadlineAt, cancel)
            .ConfigureAwait(false);
        if (replies is null || ShardErrors.TryPick(replies, out refusal)) return (null, refusal);
        var answers = new T?[replies.Length];
        var isPartial = false;
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].Status == StatusCode.Ok && read(replies[i].Body, out var answer, out _))
                answers[i] = answer;
            else isPartial = true;
        }

        var round = new ShardRound<T>(replies, answers);
        if (!isPartial || (allowPartial && round.Good.Any())) return (round, default);
        var missing = ShardErrors.Missing(replies, answers);
        round.Dispose();
        return (null, missing);

        Task<Reply[]> Ask(string name)
        {
            var asked = question(name);
            read = asked.Read;
            var now = rounds.Services.Clock.Now;
            var endAt = now + (long)((deadlineAt - now) * rounds.Services.Options.SearchSoftShare);
            return rounds.Shards.ScatterAsync(OperationClass.Instant, asked.Opcode, asked.Body, endAt, cancel);
        }
    }

    /// <summary>The same of a collection whose shards may each have found other fields: once more where they
    /// have.</summary>
    public static async ValueTask<(ShardRound<T>? Round, Reply Refusal)> AskAsync(
        IndexRounds rounds, IndexMoves moves, FieldsQuestion<T> question, bool allowPartial, long deadlineAt,
        CancellationToken cancel)
    {
        KnownFields? known = null;
        var first = await AskAsync(
            rounds, moves, name => question.Of(name, known = question.Found.Find(name)), allowPartial, deadlineAt,
            cancel).ConfigureAwait(false);
        if (first.Round is null || first.Round.Answers.Length == 1) return first;
        IReadOnlyList<KnownField>?[] here = [.. first.Round.Good.Select(question.FieldsHere)];
        var asked = moves.Name;
        if (question.Found.Learn(asked, known, here) is not { } better) return first;
        first.Round.Dispose();
        return await AskAsync(
            rounds, moves,
            name => question.Of(name, name == asked ? better : question.Found.Find(name)), allowPartial, deadlineAt,
            cancel).ConfigureAwait(false);
    }

    public void Dispose() => ShardCalls.Dispose(_replies);
}

/// <summary>What every shard is asked of a collection that may be dynamic.</summary>
/// <param name="Found">What is known of its fields.</param>
/// <param name="Of">The question, of an index of this name, given the fields that are known.</param>
/// <param name="FieldsHere">What an answer says of its shard's.</param>
internal sealed record FieldsQuestion<T>(
    FoundFields Found, Func<string, KnownFields?, ShardQuestion<T>> Of, Func<T, IReadOnlyList<KnownField>?> FieldsHere)
    where T : class;

/// <summary>What every shard is asked.</summary>
internal sealed record ShardQuestion<T>(Opcode Opcode, ReadOnlyMemory<byte> Body, TryReadReply<T> Read)
    where T : class
{
    /// <summary>A message by its codec.</summary>
    public static ShardQuestion<T> Of<TMessage>(
        Opcode opcode, TMessage message, Action<IBufferWriter<byte>, TMessage> write, TryReadReply<T> read)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return new ShardQuestion<T>(opcode, output.WrittenMemory, read);
    }
}
