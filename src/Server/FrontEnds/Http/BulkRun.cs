using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>The lines of one bulk request: which were broken, and which line each document came from.</summary>
internal sealed class BulkRun
{
    private const int SkippedMax = 10_000;

    private readonly string _prefix;
    private readonly string _idField;

    // For each line that is no document, how many documents stood before it; ascending.
    private readonly List<long> _skippedAfter = [];
    private long _line;
    private byte[] _buffer = [];

    public BulkRun(string prefix, string idField)
    {
        _prefix = prefix;
        _idField = idField;
    }

    /// <summary>Lines that hold no document and are not blank.</summary>
    public List<BulkLineFailure> Broken { get; } = [];

    /// <summary>Documents taken so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Reads the next line; false when it is blank or broken. It lasts until the next call.</summary>
    /// <exception cref="ApiException">BadDocument: so many lines are broken that this is no bulk request.</exception>
    public bool TryTake(ReadOnlySequence<byte> sequence, out BulkLine document)
    {
        document = default;
        _line++;
        var line = Contiguous(sequence);
        var isBlank = line.Span.Trim(" \t\r"u8).IsEmpty;
        var error = isBlank ? "" : BulkLine.TryRead(line, _prefix, _idField, out document);
        if (error == null)
        {
            Documents++;
            return true;
        }

        if (error.Length > 0) Broken.Add(new BulkLineFailure(_line, Metrics.Words.Of(StatusCode.BadDocument), error));
        _skippedAfter.Add(Documents);
        if (_skippedAfter.Count <= SkippedMax) return false;
        throw new ApiException(
            StatusCode.BadDocument,
            $"{SkippedMax} of {_line} lines are blank or broken; {Documents} documents were taken. The last: {error}");
    }

    /// <summary>The line, from 1, of a document by its place among the documents, from 0.</summary>
    public long LineOf(int index)
    {
        // Lines skipped before the document: those with at most index documents before them.
        var place = _skippedAfter.BinarySearch(index);
        if (place < 0) place = ~place;
        while (place < _skippedAfter.Count && _skippedAfter[place] == index) place++;
        return index + 1L + place;
    }

    private ReadOnlyMemory<byte> Contiguous(ReadOnlySequence<byte> sequence)
    {
        if (sequence.IsSingleSegment) return sequence.First;
        var length = (int)sequence.Length;
        if (_buffer.Length < length) _buffer = new byte[Math.Max(length, _buffer.Length * 2)];
        sequence.CopyTo(_buffer);
        return _buffer.AsMemory(0, length);
    }
}
