using System.Buffers;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Builds a segment of what the live buffer holds.</summary>
internal static class BufferedSegment
{
    /// <summary>Writes all of it.</summary>
    /// <param name="output">Taken over.</param>
    /// <param name="compress">Whether stored JSON is compressed.</param>
    /// <param name="buffer">The occurrences.</param>
    /// <param name="recent">The last state of every path, in path order.</param>
    /// <param name="pace">Breathes often.</param>
    public static void Write(IndexOutput output, bool compress, LiveBuffer buffer, RecentPage recent, MergePace pace)
    {
        using var writer = new SegmentWriter(output, compress, pace);
        using var lent = new LentArrays();
        var numbers = lent.Take<int>(recent.Count);
        for (var i = 0; i < recent.Count; i++)
        {
            var document = recent[i];
            if (document.IsTombstone)
            {
                writer.AddTombstone(document.Path, document.Version);
                continue;
            }

            writer.AddDocument(document.Path, document.Version, document.Json);
            numbers[writer.Documents - 1] = document.Number;
        }

        writer.EndDocuments();
        var order = numbers.AsSpan(0, writer.Documents);
        for (var i = 0; i < buffer.Fields.Length; i++)
            WriteField(writer, buffer.Schema.Fields[i], buffer.Fields[i], order);
        writer.Finish();
    }

    private static void WriteField(
        SegmentWriter writer, FieldSchema schema, FieldBuffer field, ReadOnlySpan<int> order)
    {
        using var lent = new LentArrays();
        var lengths = lent.Take<int>(order.Length).AsSpan(0, order.Length);
        long tokens = 0, documents = 0;
        for (var d = 0; d < order.Length; d++)
        {
            lengths[d] = field.Firsts[order[d] + 1] - field.Firsts[order[d]];

            // Where the score is not to fall with the length, all that have the field are of one length.
            if (field.Type == FieldType.Text && !schema.Norms) lengths[d] = Math.Min(lengths[d], 1);
            tokens += lengths[d];
            if (lengths[d] > 0) documents++;
            writer.Worked(1);
        }

        if (documents == 0) return;
        var totals = new SegmentFieldTotals(
            schema.Name, field.Type, documents, field.Type == FieldType.Text ? tokens : 0, schema.Positions);
        writer.BeginField(totals);
        switch (field.Type)
        {
            case FieldType.Text:
                var words = WriteTerms(writer, field, order, lengths, totals.Shape);
                writer.WriteLengths(lengths);
                if (schema.Instant) WriteOrder(writer, field, order, words);
                ArrayPool<int>.Shared.Return(words);
                break;
            case FieldType.Completion:
                var texts = WriteTerms(writer, field, order, lengths, PostingsShape.Keyword);
                var firsts = Collect(writer, field, order, i => texts[field.Terms[i]], out var places);
                Collect(writer, field, order, i => field.Values[i], out var weights);
                writer.WriteCompletions(firsts, places, weights);
                ArrayPool<int>.Shared.Return(texts);
                break;
            case FieldType.Keyword:
                var ordinals = WriteTerms(writer, field, order, lengths, PostingsShape.Keyword);
                WriteColumn(writer, field, order, ordinals);
                ArrayPool<int>.Shared.Return(ordinals);
                break;
            case FieldType.DenseVector:
                WriteVectors(writer, schema.Vector!, field, order);
                break;
            default:
                WriteColumn(writer, field, order, null);
                break;
        }
    }

    /// <summary>Deals the occurrences out to their terms, in document order, and writes term by term.</summary>
    /// <returns>Ordinal of each of the field's terms, -1 where only documents written over had it; goes back to the
    /// shared pool.</returns>
    private static int[] WriteTerms(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, ReadOnlySpan<int> lengths,
        PostingsShape shape)
    {
        var terms = field.Hash.Count;
        var ends = ArrayPool<int>.Shared.Rent(terms + 1);
        CountOccurrences(writer, field, order, ends.AsSpan(0, terms + 1));
        var occurrences = ArrayPool<long>.Shared.Rent(ends[terms]);
        Deal(writer, field, order, shape, ends, occurrences);

        // ends[t] has moved from the first occurrence of term t to the first of term t + 1.
        var norms = ArrayPool<byte>.Shared.Rent(lengths.Length);
        for (var d = 0; d < lengths.Length; d++) norms[d] = FieldNorm.Encode(lengths[d]);
        var positions = Array.Empty<int>();
        var ordinals = ArrayPool<int>.Shared.Rent(terms);
        var sorted = field.Hash.Sorted(writer.Pace);
        foreach (var term in sorted)
        {
            writer.BeginTerm(field.Hash[term], shape);
            var first = term == 0 ? 0 : ends[term - 1];
            WritePostings(writer, occurrences.AsSpan(first, ends[term] - first), norms, shape, ref positions);
            ordinals[term] = writer.EndTerm();
        }

        ArrayPool<byte>.Shared.Return(norms);
        ArrayPool<long>.Shared.Return(occurrences);
        ArrayPool<int>.Shared.Return(ends);
        writer.EndTerms();
        return ordinals;
    }

    /// <summary>Where the occurrences of each term will begin, and where those of the last end.</summary>
    private static void CountOccurrences(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, Span<int> firsts)
    {
        firsts.Clear();
        var terms = field.Terms;
        foreach (var number in order)
        {
            var some = terms[field.Firsts[number]..field.Firsts[number + 1]];
            foreach (var term in some) firsts[term + 1]++;
            writer.Worked(some.Length);
        }

        for (var t = 1; t < firsts.Length; t++) firsts[t] += firsts[t - 1];
    }

    /// <summary>Puts every occurrence into its term's part: document in the high half, position in the low.</summary>
    private static void Deal(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, PostingsShape shape, int[] ends,
        long[] occurrences)
    {
        var terms = field.Terms;
        var positions = field.Positions;
        for (var d = 0; d < order.Length; d++)
        {
            var end = field.Firsts[order[d] + 1];
            writer.Worked(end - field.Firsts[order[d]]);
            for (var i = field.Firsts[order[d]]; i < end; i++)
                occurrences[ends[terms[i]]++] = ((long)d << 32) | (uint)(shape.Positions ? positions[i] : 0);
        }
    }

    private static void WritePostings(
        SegmentWriter writer, ReadOnlySpan<long> occurrences, byte[] norms, PostingsShape shape, ref int[] positions)
    {
        for (var at = 0; at < occurrences.Length;)
        {
            var document = (int)(occurrences[at] >> 32);
            var count = 0;
            do
            {
                if (count == positions.Length) Array.Resize(ref positions, Math.Max(16, count * 2));
                positions[count++] = (int)occurrences[at++];
            }
            while (at < occurrences.Length && (int)(occurrences[at] >> 32) == document);

            writer.AddPosting(document, norms[document], shape.Frequencies ? positions.AsSpan(0, count) : []);
        }
    }

    private static void WriteVectors(
        SegmentWriter writer, VectorOptions options, FieldBuffer field, ReadOnlySpan<int> order)
    {
        var documents = new List<int>();
        var places = new List<int>();
        var firsts = new int[order.Length + 1];
        for (var d = 0; d < order.Length; d++)
        {
            firsts[d + 1] = firsts[d] + field.Firsts[order[d] + 1] - field.Firsts[order[d]];
            if (firsts[d + 1] == firsts[d]) continue;
            documents.Add(d);
            places.Add(field.Firsts[order[d]]);
        }

        writer.WriteColumn(firsts, VectorMerge.Numbers(documents.Count));
        writer.WriteVectors(options, [.. documents], i => field.Vector(places[i]));
    }

    private static void WriteColumn(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, int[]? ordinals)
    {
        var firsts = ordinals is null
            ? Collect(writer, field, order, i => field.Values[i], out var values)
            : Collect(writer, field, order, i => ordinals[field.Terms[i]], out values);
        writer.WriteColumn(firsts, values);
    }

    /// <summary>The words of each document in their order, and the steps between them.</summary>
    private static void WriteOrder(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, int[] ordinals)
    {
        var firsts = Collect(writer, field, order, i => ordinals[field.Terms[i]], out var words);
        writer.WriteColumn(firsts, words, SectionKind.WordOrder);
        var steps = new long[words.Length];
        for (var d = 0; d < order.Length; d++)
        {
            writer.Worked(firsts[d + 1] - firsts[d]);
            var before = -1;
            var from = field.Firsts[order[d]];
            for (var i = 0; i < firsts[d + 1] - firsts[d]; i++)
            {
                steps[firsts[d] + i] = field.Positions[from + i] - before;
                before = field.Positions[from + i];
            }
        }

        writer.WriteColumn(firsts, steps, SectionKind.WordSteps);
    }

    /// <summary>One value of each occurrence, document by document.</summary>
    /// <returns>Where each document's begin, and where the last one's end.</returns>
    private static int[] Collect(
        SegmentWriter writer, FieldBuffer field, ReadOnlySpan<int> order, Func<int, long> valueOf, out long[] values)
    {
        var firsts = new int[order.Length + 1];
        for (var d = 0; d < order.Length; d++)
            firsts[d + 1] = firsts[d] + field.Firsts[order[d] + 1] - field.Firsts[order[d]];
        values = new long[firsts[^1]];
        for (var d = 0; d < order.Length; d++)
        {
            var from = field.Firsts[order[d]];
            writer.Worked(firsts[d + 1] - firsts[d]);
            for (var i = firsts[d]; i < firsts[d + 1]; i++) values[i] = valueOf(from + i - firsts[d]);
        }

        return firsts;
    }
}
