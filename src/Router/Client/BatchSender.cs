using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Sends documents without a condition until each is acknowledged, refused, or its time is up.</summary>
internal sealed class BatchSender
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);
    private readonly string _collection;
    private readonly ClientCalls _calls;

    public BatchSender(string collection, ClientCalls calls)
    {
        _collection = collection;
        _calls = calls;
    }

    public async Task SendAsync(Batch batch, BulkTally tally, CancellationToken cancel)
    {
        if (batch.Documents.Count == 0) return;
        var began = _calls.Time.GetTimestamp();
        for (var pause = PauseMin; ; pause = pause * 2 < PauseMax ? pause * 2 : PauseMax)
        {
            using var reply = await AskAsync(batch, cancel).ConfigureAwait(false);
            var mayRetry = _calls.Time.GetElapsedTime(began) + pause < _calls.BulkTimeout;
            var left = Settle(batch, reply, tally, mayRetry);
            if (left.Documents.Count == 0) return;
            batch = left;
            await Task.Delay(pause, _calls.Time, cancel).ConfigureAwait(false);
        }
    }

    private static bool MayPass(StatusCode status) => status is StatusCode.Unavailable or StatusCode.Overloaded
        or StatusCode.DeadlineExceeded or StatusCode.WrongShard or StatusCode.ReadOnly;

    /// <summary>Books what is final; returns what is worth another try.</summary>
    private static Batch Settle(Batch batch, in Reply reply, BulkTally tally, bool mayRetry)
    {
        var left = new Batch([], [], []);
        var failures = FailuresOf(batch, reply);
        for (var i = 0; i < batch.Documents.Count; i++)
        {
            var index = batch.Indexes[i];
            if (!failures.TryGetValue(i, out var failure))
            {
                tally.Acknowledge(index);
            }
            else if (mayRetry && MayPass(failure.Status))
            {
                left.Indexes.Add(index);
                left.Documents.Add(batch.Documents[i]);
            }
            else
            {
                tally.Fail(index, failure.Status, failure.Message);
            }
        }

        return left;
    }

    private static Dictionary<int, BulkFailure> FailuresOf(Batch batch, in Reply reply)
    {
        var failures = new Dictionary<int, BulkFailure>();
        string? error = null;
        if (reply.Status == StatusCode.Ok && BulkCodec.TryRead(reply.Body, out BulkReply? answer, out error))
        {
            foreach (var failure in answer.Failures) failures[failure.Index] = failure;
            return failures;
        }

        var status = reply.Status == StatusCode.Ok ? StatusCode.Internal : reply.Status;
        var text = reply.Status == StatusCode.Ok ? $"The answer does not parse: {error}" : RouterReply.Text(reply);
        for (var i = 0; i < batch.Documents.Count; i++) failures[i] = new BulkFailure(i, status, text);
        return failures;
    }

    private async ValueTask<Reply> AskAsync(Batch batch, CancellationToken cancel)
    {
        var body = new ArrayBufferWriter<byte>();
        BulkCodec.Write(body, new BulkRequest { Collection = _collection, Documents = batch.Documents });
        return await _calls.SendAsync(new RequestHeader { Opcode = Opcode.Bulk }, body.WrittenMemory, cancel)
            .ConfigureAwait(false);
    }
}
