namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Decodes positions within one block of postings: chunks of 128 that documents share.</summary>
internal sealed unsafe class PositionsReader
{
    private readonly uint[] _chunk = new uint[IntPacking.Count];
    private int[] _positions = new int[16];
    private byte* _next;
    private int _total;
    private int _chunkIndex;
    private int _summedDocuments;
    private int _start;

    /// <summary>Number of the block it stands in; -1 at first.</summary>
    public int Block { get; private set; } = -1;

    /// <summary>Stands in no block.</summary>
    public void Forget() => Block = -1;

    /// <summary>Goes to a block.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="start">First byte of its positions.</param>
    /// <param name="total">Positions of all its documents.</param>
    public void Begin(int block, byte* start, int total)
    {
        Block = block;
        _next = start;
        _total = total;
        _chunkIndex = -1;
        _summedDocuments = 0;
        _start = 0;
    }

    /// <summary>Reads a document's positions; documents of a block are asked for in rising order.</summary>
    /// <param name="before">Frequencies of the block's documents before it.</param>
    /// <param name="frequency">Its own.</param>
    public ReadOnlySpan<int> Read(ReadOnlySpan<int> before, int frequency)
    {
        for (; _summedDocuments < before.Length; _summedDocuments++) _start += before[_summedDocuments];
        if (_positions.Length < frequency) Array.Resize(ref _positions, Math.Max(frequency, _positions.Length * 2));
        var position = 0;
        var at = _start;
        for (var i = 0; i < frequency;)
        {
            if (at / IntPacking.Count != _chunkIndex) GoToChunk(at / IntPacking.Count);
            var from = at % IntPacking.Count;
            var steps = _chunk.AsSpan(from, Math.Min(IntPacking.Count - from, frequency - i));
            at += steps.Length;
            foreach (var step in steps) _positions[i++] = position += (int)step;
        }

        return _positions.AsSpan(0, frequency);
    }

    private void GoToChunk(int chunk)
    {
        // _next is behind the chunk that is decoded; chunks between are passed over by their bit widths.
        for (_chunkIndex++; _chunkIndex < chunk; _chunkIndex++)
            _next += PatchedPacking.Bytes(_next, IntPacking.Count);
        var left = Math.Min(IntPacking.Count, _total - (chunk * IntPacking.Count));
        if (left >= PostingsWriter.PackedMin)
        {
            fixed (uint* steps = _chunk) _next = PatchedPacking.Unpack(_next, left, steps);
        }
        else
        {
            for (var i = 0; i < left; i++) _chunk[i] = Varint.Read(ref _next);
        }
    }
}
