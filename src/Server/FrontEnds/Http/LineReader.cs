using System.Buffers;
using System.IO.Pipelines;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Lines of a stream, one at a time, each bounded. The last one needs no line feed. Disposed, whoever owns the stream
/// can read on: a server that could not would cut the connection behind its answer.
/// </summary>
internal sealed class LineReader : IDisposable
{
    private readonly PipeReader _pipe;
    private readonly int _lineBytesMax;
    private SequencePosition? _consumed;
    private long _line;

    public LineReader(PipeReader pipe, int lineBytesMax)
    {
        _pipe = pipe;
        _lineBytesMax = lineBytesMax;
    }

    public void Dispose()
    {
        if (_consumed is { } consumed) _pipe.AdvanceTo(consumed);
        _consumed = null;
    }

    /// <summary>The next line without its end; null after the last. Valid until the next call.</summary>
    /// <exception cref="ApiException">TooLarge: a line over the limit.</exception>
    public async ValueTask<ReadOnlySequence<byte>?> ReadAsync(CancellationToken cancel)
    {
        if (_consumed is { } consumed) _pipe.AdvanceTo(consumed);
        _consumed = null;
        _line++;
        while (true)
        {
            var result = await _pipe.ReadAsync(cancel);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end) return Take(buffer.Slice(0, end), buffer.GetPosition(1, end));
            if (result.IsCompleted && buffer.IsEmpty)
            {
                _pipe.AdvanceTo(buffer.End);
                return null;
            }

            if (result.IsCompleted) return Take(buffer, buffer.End);
            if (buffer.Length > _lineBytesMax)
            {
                _consumed = buffer.End;
                throw TooLarge(buffer.Length);
            }

            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private ReadOnlySequence<byte> Take(ReadOnlySequence<byte> line, SequencePosition consumed)
    {
        _consumed = consumed;
        if (line.Length > _lineBytesMax) throw TooLarge(line.Length);
        return line;
    }

    private ApiException TooLarge(long bytes) => new(
        StatusCode.TooLarge,
        $"Line {_line} has {bytes} bytes or more; at most {_lineBytesMax} are allowed (limits.value and its path).");
}
