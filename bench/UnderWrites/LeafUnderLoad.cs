using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using HdrHistogram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Bench.UnderWrites;

/// <summary>
/// A leaf with one shard on disk, its collection half filled from the corpus and its cache with entries, and the
/// three kinds of requests that are sent to it. Each kind is sent by one thread.
/// </summary>
internal sealed class LeafUnderLoad : IAsyncDisposable
{
    /// <summary>Documents of one bulk.</summary>
    public const int BulkDocuments = 100;

    private const string Collection = "wiki";
    private const int CacheEntries = 100_000;
    private const int CacheValueBytes = 100;
    private const int PathBytesMax = 32;

    private readonly LeafService _leaf;
    private readonly byte[] _documents;
    private readonly int[] _starts;
    private readonly byte[][] _searches;
    private readonly BulkSink _bulks = new();
    private readonly ArrayBufferWriter<byte> _bulk = new();
    private readonly GetSink _gets = new();
    private readonly byte[] _getBody = new byte[64];
    private readonly byte[] _getPath = new byte[PathBytesMax];
    private ulong _version = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() << 16;
    private uint _searchId;

    private LeafUnderLoad(LeafService leaf, IReadOnlyList<string> texts, IReadOnlyList<string> queries)
    {
        _leaf = leaf;
        (_documents, _starts) = Documents(texts);
        _searches = [.. queries.Select(query => Encode(output => SearchCodec.Write(output, new SearchRequest
        {
            Collection = Collection, Query = new QueryStringQuery(query, [], false), ExactTotal = false,
        })))];
        Searches = new SearchSink();
    }

    /// <summary>Where searches are answered.</summary>
    public SearchSink Searches { get; }

    /// <summary>Reads that found nothing or failed.</summary>
    public long FailedGets => _gets.Failures;

    /// <summary>Opens and fills.</summary>
    public static async Task<LeafUnderLoad> OpenAsync(
        string directory, IReadOnlyList<string> texts, IReadOnlyList<string> queries)
    {
        var options = new LeafOptions { DataDirectory = directory, MemoryBytes = 256 << 20, SnapshotOnDrain = false };
        var service = await LeafService.OpenAsync(
            options, 1, [0], TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        var leaf = new LeafUnderLoad(service, texts, queries);
        leaf.Declare();
        for (var first = 0; first < texts.Count / 2; first += BulkDocuments)
            leaf.SendBulk(Enumerable.Range(first, BulkDocuments));
        leaf._bulks.WaitForAll();
        for (var i = 0; i < CacheEntries; i++) leaf.SetEntry(i);
        return leaf;
    }

    /// <summary>A reading of the leaf's counters.</summary>
    public long Counter(string name) => (long)_leaf.Stats().Counters[name];

    /// <summary>Writes documents chosen at random: new ones, and ones that replace another. Waits while four bulks are
    /// under way.</summary>
    public void SendBulk(Random random) =>
        SendBulk(Enumerable.Range(0, BulkDocuments).Select(_ => random.Next(_starts.Length - 1)));

    /// <summary>Documents written since the start; those refused are not among them.</summary>
    public long Written => _bulks.Accepted;

    /// <summary>Returns when every bulk was answered.</summary>
    public void WaitForBulks() => _bulks.WaitForAll();

    /// <summary>Sends a search chosen at random; the sink records it when it is answered.</summary>
    public void SendSearch(Random random, long dueNanos)
    {
        var body = _searches[random.Next(_searches.Length)];
        var id = ++_searchId;
        Searches.Begin(id, dueNanos);
        _leaf.OnRequest(Header(Opcode.Search, id, body.Length), body, Searches);
    }

    /// <summary>Reads a cache entry or, every other time, a document; it is answered when this returns.</summary>
    public void Get(Random random)
    {
        var ofCache = random.Next(2) == 0;
        var path = ofCache
            ? CachePath(_getPath, random.Next(CacheEntries))
            : DocumentPath(_getPath, random.Next((_starts.Length - 1) / 2));
        var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
        command.WriteTo(_getBody);
        _leaf.OnRequest(Header(Opcode.Get, 1, command.Length), _getBody.AsSpan(0, command.Length), _gets);
    }

    public async ValueTask DisposeAsync()
    {
        await _leaf.DisposeAsync();
        _bulks.Dispose();
    }

    private static RequestHeader Header(Opcode opcode, uint id, int length) =>
        new() { Opcode = opcode, RequestId = id, Epoch = 1, BodyLength = length };

    private static byte[] Encode(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>One array, so that the collector has no more to look after than in a leaf alone.</summary>
    private static (byte[] Bytes, int[] Starts) Documents(IReadOnlyList<string> texts)
    {
        using var bytes = new MemoryStream();
        var starts = new List<int>(texts.Count + 1) { 0 };
        foreach (var text in texts)
        {
            JsonSerializer.Serialize(bytes, new Dictionary<string, string> { ["text"] = text });
            starts.Add((int)bytes.Length);
        }

        return (bytes.ToArray(), [.. starts]);
    }

    private void Declare()
    {
        var schema = new CollectionSchema
        {
            Name = Collection, Fields = [new FieldSchema { Name = "text", Type = FieldType.Text }],
        };
        var body = Encode(output => CollectionCodec.Write(output, schema));
        _bulks.Begin();
        _leaf.OnRequest(Header(Opcode.CollectionPut, 1, body.Length), body, _bulks);
        _bulks.WaitForAll();
    }

    private void SendBulk(IEnumerable<int> numbers)
    {
        var path = new byte[PathBytesMax];
        var documents = numbers.Select(number => new BulkDocument(
            Encoding.ASCII.GetString(DocumentPath(path, number)), ++_version,
            _documents.AsMemory(_starts[number].._starts[number + 1]))).ToArray();
        _bulk.ResetWrittenCount();
        BulkCodec.Write(_bulk, new BulkRequest { Collection = Collection, Documents = documents });
        _bulks.Begin();
        _leaf.OnRequest(Header(Opcode.Bulk, 1, _bulk.WrittenCount), _bulk.WrittenSpan, _bulks);
    }

    private void SetEntry(int number)
    {
        var value = new byte[CacheValueBytes];
        var command = new CacheCommand
        {
            Opcode = Opcode.Set, Path = CachePath(_getPath, number), Value = value,
        };
        var body = new byte[command.Length];
        command.WriteTo(body);
        _leaf.OnRequest(Header(Opcode.Set, 1, body.Length), body, _gets);
    }

    private static Span<byte> CachePath(byte[] path, int number) => Path(path, "/entries/"u8, number);

    private static Span<byte> DocumentPath(byte[] path, int number) => Path(path, "/wiki/"u8, number);

    private static Span<byte> Path(byte[] path, ReadOnlySpan<byte> prefix, int number)
    {
        const int Digits = 9;
        prefix.CopyTo(path);
        number.TryFormat(path.AsSpan(prefix.Length), out _, "D9", CultureInfo.InvariantCulture);
        return path.AsSpan(0, prefix.Length + Digits);
    }

    /// <summary>Counts what reads got.</summary>
    private sealed class GetSink : IReplySink
    {
        public long Failures { get; private set; }

        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
            if (header.Status != StatusCode.Ok) Failures++;
        }
    }

    /// <summary>Lets four bulks be under way.</summary>
    private sealed class BulkSink : IReplySink, IDisposable
    {
        private const int Depth = 4;
        private readonly SemaphoreSlim _places = new(Depth);
        private long _accepted;

        public long Accepted => Volatile.Read(ref _accepted);

        public void Begin() => _places.Wait();

        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
            var text = header.Status == StatusCode.Ok ? "" : Encoding.UTF8.GetString(body);
            if (text.Length > 0) throw new InvalidOperationException($"{header.Opcode}: {header.Status} {text}");
            if (header.Opcode == Opcode.Bulk && BulkCodec.TryRead(body.ToArray(), out BulkReply? reply, out _))
                Interlocked.Add(ref _accepted, reply.Accepted);
            _places.Release();
        }

        public void Dispose() => _places.Dispose();

        public void WaitForAll()
        {
            for (var i = 0; i < Depth; i++) _places.Wait();
            _places.Release(Depth);
        }
    }
}

/// <summary>Records how long searches took from when they were due. Its pages are those of one phase.</summary>
internal sealed class SearchSink : IReplySink
{
    private const int InFlightMax = 1 << 16;

    private readonly long[] _due = new long[InFlightMax];
    private readonly Lock _gate = new();
    private LongHistogram _latency = Latency.NewHistogram();
    private long _answered;
    private long _failures;
    private long _begun;

    /// <summary>Searches that were refused or failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Searches without an answer yet.</summary>
    public long Waiting => Volatile.Read(ref _begun) - Volatile.Read(ref _answered);

    /// <summary>Records into this one from now on.</summary>
    public void RecordInto(LongHistogram histogram)
    {
        lock (_gate) _latency = histogram;
    }

    /// <summary>Notes when a search was due.</summary>
    public void Begin(uint id, long dueNanos)
    {
        Volatile.Write(ref _due[id % InFlightMax], dueNanos);
        Interlocked.Increment(ref _begun);
    }

    /// <inheritdoc/>
    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var taken = Latency.Clock.NowNanos - Volatile.Read(ref _due[header.RequestId % InFlightMax]);
        if (header.Status != StatusCode.Ok) Interlocked.Increment(ref _failures);
        lock (_gate) _latency.RecordValue(Latency.Bounded(taken));
        Interlocked.Increment(ref _answered);
    }
}
