using System.Buffers;
using System.IO.Hashing;
using System.IO.Pipelines;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// Cuts a stream into lines, with the number and the place of each, and a hash of all that was read: the proof, on
/// resuming, that the part already imported is still the same. Not thread-safe.
/// </summary>
internal sealed class LineReader : IAsyncDisposable
{
    /// <summary>Bytes of the longest line taken: a document of 16 MiB and room for its fields.</summary>
    public const int LineBytesMax = 17 * 1024 * 1024;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private readonly PipeReader _reader;
    private readonly XxHash3 _hash = new();
    private ReadOnlySequence<byte> _buffer;
    private bool _holdsBuffer;
    private bool _ended;
    private byte[] _joined = [];

    public LineReader(PipeReader reader)
    {
        _reader = reader;
    }

    /// <summary>The line read last, without its line break; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Number of <see cref="Current"/>, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Bytes up to the end of <see cref="Current"/>, its line break included.</summary>
    public long Offset { get; private set; }

    /// <summary>XXH3-64 of the first <see cref="Offset"/> bytes.</summary>
    public ulong Hash => _hash.GetCurrentHashAsUInt64();

    /// <summary>Reads the next line; false at the end.</summary>
    /// <exception cref="InvalidDataException">A line is longer than <see cref="LineBytesMax"/>.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (TryTakeLine()) return true;
            if (_ended) return false;
            if (_buffer.Length > LineBytesMax)
                throw new InvalidDataException(
                    $"line {Line + 1} is longer than {LineBytesMax} bytes, the longest allowed.");
            if (_holdsBuffer) _reader.AdvanceTo(_buffer.Start, _buffer.End);
            var read = await _reader.ReadAsync(cancel);
            _buffer = read.Buffer;
            _holdsBuffer = true;
            _ended = read.IsCompleted;
        }
    }

    /// <summary>Passes over whole lines up to a place known from <see cref="Offset"/>.</summary>
    /// <returns>False when the stream is shorter, or no line ends there.</returns>
    public async ValueTask<bool> SkipToAsync(long offset, CancellationToken cancel)
    {
        while (Offset < offset)
        {
            if (!await ReadAsync(cancel)) return false;
        }

        return Offset == offset;
    }

    public ValueTask DisposeAsync() => _reader.CompleteAsync();

    private bool TryTakeLine()
    {
        if (!_holdsBuffer) return false;
        var reader = new SequenceReader<byte>(_buffer);
        if (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n', advancePastDelimiter: true))
        {
            Take(line, reader.Consumed);
            return true;
        }

        if (!_ended || _buffer.IsEmpty) return false;
        Take(_buffer, _buffer.Length);
        return true;
    }

    private void Take(ReadOnlySequence<byte> line, long consumed)
    {
        foreach (var part in _buffer.Slice(0, consumed)) _hash.Append(part.Span);
        var bytes = line.IsSingleSegment ? line.First : Join(line);
        if (Offset == 0 && bytes.Span.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        if (bytes.Span.EndsWith("\r"u8)) bytes = bytes[..^1];
        Current = bytes;
        Line++;
        Offset += consumed;
        _buffer = _buffer.Slice(consumed);
    }

    private ReadOnlyMemory<byte> Join(ReadOnlySequence<byte> line)
    {
        var length = (int)line.Length;
        if (_joined.Length < length) _joined = new byte[Math.Max(length, _joined.Length * 2)];
        line.CopyTo(_joined);
        return _joined.AsMemory(0, length);
    }
}
