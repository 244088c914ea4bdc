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
    public static void Write(
        IndexOutput output, bool compress, LiveBuffer buffer, IReadOnlyList<RecentDocument> recent)
    {
        using var writer = new SegmentWriter(output, compress);
        var numbers = new List<int>();
        foreach (var document in recent)
        {
            if (document.Json is null)
            {
                writer.AddTombstone(document.Path, document.Version);
                continue;
            }

            writer.AddDocument(document.Path, document.Version, document.Json);
            numbers.Add(document.Number);
        }

        writer.EndDocuments();
        var order = numbers.ToArray();
        for (var i = 0; i < buffer.Fields.Length; i++)
            WriteField(writer, buffer.Schema.Fields[i].Name, buffer.Fields[i], order);
        writer.Finish();
    }

    private static void WriteField(SegmentWriter writer, string name, FieldBuffer field, int[] order)
    {
        var lengths = new int[order.Length];
        long tokens = 0, documents = 0;
        for (var d = 0; d < order.Length; d++)
        {
            lengths[d] = field.Firsts[order[d] + 1] - field.Firsts[order[d]];
            tokens += lengths[d];
            if (lengths[d] > 0) documents++;
        }

        if (documents == 0) return;
        writer.BeginField(name, field.Type, documents, field.Type == FieldType.Text ? tokens : 0);
        switch (field.Type)
        {
            case FieldType.Text:
                WriteTerms(writer, field, order, lengths, PostingsShape.Text);
                writer.WriteLengths(lengths);
                break;
            case FieldType.Keyword:
                WriteColumn(writer, field, order, WriteTerms(writer, field, order, lengths, PostingsShape.Keyword));
                break;
            default:
                WriteColumn(writer, field, order, null);
                break;
        }
    }

    /// <summary>Deals the occurrences out to their terms, in document order, and writes term by term.</summary>
    /// <returns>Ordinal of each of the field's terms; -1 where only documents written over had it.</returns>
    private static int[] WriteTerms(
        SegmentWriter writer, FieldBuffer field, int[] order, int[] lengths, PostingsShape shape)
    {
        var ends = new int[field.Hash.Count + 1];
        var terms = field.Terms;
        var firsts = field.Firsts;
        foreach (var number in order)
            for (var i = firsts[number]; i < firsts[number + 1]; i++) ends[terms[i] + 1]++;
        for (var t = 1; t < ends.Length; t++) ends[t] += ends[t - 1];
        var documents = new int[ends[^1]];
        var positions = new int[shape.Positions ? documents.Length : 0];
        for (var d = 0; d < order.Length; d++)
        {
            for (var i = firsts[order[d]]; i < firsts[order[d] + 1]; i++)
            {
                var at = ends[terms[i]]++;
                documents[at] = d;
                if (shape.Positions) positions[at] = field.Positions[i];
            }
        }

        // ends[t] has moved from the first occurrence of term t to the first of term t + 1.
        var ordinals = new int[field.Hash.Count];
        foreach (var term in field.Hash.Sorted())
        {
            writer.BeginTerm(field.Hash[term], shape);
            var end = ends[term];
            for (var at = term == 0 ? 0 : ends[term - 1]; at < end;)
            {
                var document = documents[at];
                var first = at;
                while (at < end && documents[at] == document) at++;
                var places = shape.Positions ? positions.AsSpan(first, at - first) : [];
                writer.AddPosting(document, FieldNorm.Encode(lengths[document]), places);
            }

            ordinals[term] = writer.EndTerm();
        }

        writer.EndTerms();
        return ordinals;
    }

    private static void WriteColumn(SegmentWriter writer, FieldBuffer field, int[] order, int[]? ordinals)
    {
        var firsts = new int[order.Length + 1];
        var values = new List<long>();
        for (var d = 0; d < order.Length; d++)
        {
            for (var i = field.Firsts[order[d]]; i < field.Firsts[order[d] + 1]; i++)
                values.Add(ordinals is null ? field.Values[i] : ordinals[field.Terms[i]]);
            firsts[d + 1] = values.Count;
        }

        writer.WriteColumn(firsts, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values));
    }
}
