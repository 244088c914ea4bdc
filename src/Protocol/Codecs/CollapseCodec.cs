using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Groups of hits: how they are asked for, and what a hit says of its own.</summary>
internal static class CollapseCodec
{
    public static void WriteOrNil(ref MessagePackWriter writer, SearchRequest request)
    {
        if (request.Collapse is not { } collapse)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        writer.Write(collapse.Field);
        writer.WriteArrayHeader(collapse.InnerHits.Count);
        for (var i = 0; i < collapse.InnerHits.Count; i++)
        {
            var inner = collapse.InnerHits[i];
            writer.WriteArrayHeader(3);
            writer.Write(inner.Name);
            writer.Write(inner.Size);
            SearchCodec.WriteSort(ref writer, inner.Sort);
        }
    }

    public static Collapse? ReadOrNull(ref BodyReader reader)
    {
        if (reader.TryNil("collapse")) return null;
        var fields = reader.BeginRecord("collapse", 2);
        var collapse = new Collapse(reader.Text("collapse.field", MessageLimits.FieldNameBytesMax))
        {
            InnerHits = reader.List("collapse.innerHits", Collapse.InnerMax, ReadInner),
        };
        reader.EndRecord(fields, 2);
        return collapse;
    }

    /// <summary>The group of a hit that has one.</summary>
    public static void WriteGroup(ref MessagePackWriter writer, SearchHit hit)
    {
        SearchCodec.WriteSortValue(ref writer, hit.Group ?? default);
        writer.WriteArrayHeader(hit.InnerHits.Count);
        for (var i = 0; i < hit.InnerHits.Count; i++)
        {
            writer.WriteArrayHeader(3);
            writer.Write(hit.InnerHits[i].Name);
            writer.Write(hit.InnerHits[i].Total);
            writer.WriteArrayHeader(hit.InnerHits[i].Hits.Count);
            for (var j = 0; j < hit.InnerHits[i].Hits.Count; j++)
                SearchCodec.WriteHit(ref writer, hit.InnerHits[i].Hits[j]);
        }
    }

    public static SearchHit ReadGroup(ref BodyReader reader, SearchHit hit)
    {
        if (reader.IsInGroup) BodyReader.Fail("hit.group", "hits of a group have no groups.");
        var value = SearchCodec.ReadSortValue(ref reader);
        reader.IsInGroup = true;
        var groups = reader.List("hit.innerHits", Collapse.InnerMax, ReadGroup);
        reader.IsInGroup = false;
        return hit with { Group = value, InnerHits = groups };
    }

    private static InnerHits ReadInner(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("collapse.inner", 3);
        var inner = new InnerHits(
            reader.Text("collapse.inner.name", MessageLimits.NameBytesMax),
            reader.Int32("collapse.inner.size", 0, InnerHits.SizeMax),
            reader.List("collapse.inner.sort", SortKey.KeysMax, SortKeyCodec.Read));
        reader.EndRecord(fields, 3);
        return inner;
    }

    private static InnerGroup ReadGroup(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("hit.inner", 3);
        var group = new InnerGroup(
            reader.Text("hit.inner.name", MessageLimits.NameBytesMax),
            reader.Int64("hit.inner.total"),
            reader.List("hit.inner.hits", InnerHits.SizeMax, SearchCodec.ReadHit));
        reader.EndRecord(fields, 3);
        return group;
    }
}
