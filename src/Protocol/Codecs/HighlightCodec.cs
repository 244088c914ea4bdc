using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>How fields are highlighted, and what was cut from them.</summary>
internal static class HighlightCodec
{
    /// <summary>UTF-8 bytes of one fragment: a text of a million characters, marks and escapes counted.</summary>
    private const int FragmentBytesMax = 4 * 1024 * 1024;

    /// <summary>Whole values of one field; of fragments there are fewer.</summary>
    private const int FragmentsMax = 10_000;

    public static void Write(ref MessagePackWriter writer, HighlightField field)
    {
        writer.WriteArrayHeader(11);
        writer.Write(field.Name);
        writer.Write(field.FragmentSize);
        writer.Write(field.Fragments);
        writer.Write(field.PreTag);
        writer.Write(field.PostTag);
        writer.Write(field.Html);
        writer.Write(field.BestFirst);
        writer.Write(field.NoMatchSize);
        writer.Write(field.RequireFieldMatch);
        if (field.Query is { } query) QueryNodeCodec.Write(ref writer, query);
        else writer.WriteNil();
        writer.Write(field.AnalyzedChars);
    }

    public static HighlightField Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("highlighting", 11);
        var field = new HighlightField(reader.Text("highlighting.name", MessageLimits.FieldNameBytesMax))
        {
            FragmentSize = reader.Int32("highlighting.fragmentSize", 0, HighlightField.FragmentSizeMax),
            Fragments = reader.Int32("highlighting.fragments", 0, HighlightField.FragmentsMax),
            PreTag = reader.Text("highlighting.preTag", HighlightField.TagBytesMax),
            PostTag = reader.Text("highlighting.postTag", HighlightField.TagBytesMax),
            Html = reader.Boolean("highlighting.html"),
            BestFirst = reader.Boolean("highlighting.bestFirst"),
            NoMatchSize = reader.Int32("highlighting.noMatchSize", 0, HighlightField.FragmentSizeMax),
            RequireFieldMatch = reader.Boolean("highlighting.requireFieldMatch"),
            Query = reader.TryNil("highlighting.query") ? null : QueryNodeCodec.Read(ref reader),
            AnalyzedChars = reader.Int32("highlighting.analyzedChars", 1, HighlightField.AnalyzedMax),
        };
        reader.EndRecord(fields, 11);
        return field;
    }

    public static void Write(ref MessagePackWriter writer, Highlight highlight)
    {
        writer.WriteArrayHeader(highlight.Fragments.Count > 0 ? 3 : 2);
        writer.Write(highlight.Field);
        writer.Write(highlight.Snippet);
        if (highlight.Fragments.Count > 0) QueryNodeCodec.WriteTexts(ref writer, highlight.Fragments);
    }

    public static Highlight ReadHighlight(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("highlight", 2);
        var highlight = new Highlight(
            reader.Text("highlight.field", MessageLimits.FieldNameBytesMax),
            reader.Text("highlight.snippet", MessageLimits.ProseBytesMax));
        if (fields > 2)
        {
            highlight = highlight with
            {
                Fragments = reader.Texts("highlight.fragments", FragmentsMax, FragmentBytesMax),
            };
        }

        reader.EndRecord(fields, 3);
        return highlight;
    }
}
