using System.Text;
using CsCheck;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Durability;

public sealed class CatalogueTests
{
    private const string File = "/data/COLLECTIONS";

    [Fact]
    public void Schemas_written_are_read_in_their_order()
    {
        var files = new TestFiles();
        Assert.Empty(CatalogueFile.Read(File, files).Collections);
        var table = new CollectionTable([Schema("wiki", "title", "year"), Schema("shop/goods", "name")]);
        CatalogueFile.Write(File, table, files);
        var read = CatalogueFile.Read(File, files);
        Assert.Equal(["wiki", "shop/goods"], read.Collections.Select(c => c.Name));
        Assert.Equal(["title", "year"], read.Collections[0].Fields.Select(f => f.Name));
    }

    [Fact]
    public void A_file_damaged_in_any_byte_or_cut_off_anywhere_is_refused()
    {
        var files = new TestFiles();
        CatalogueFile.Write(File, new CollectionTable([Schema("wiki", "title")]), files);
        var whole = files[File];
        for (var at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            files[File] = damaged;
            Assert.Contains(File, Assert.ThrowsAny<IOException>(() => CatalogueFile.Read(File, files)).Message);
            files[File] = whole[..at];
            Assert.ThrowsAny<IOException>(() => CatalogueFile.Read(File, files));
        }
    }

    [Fact]
    public void A_path_belongs_to_the_collection_of_its_longest_prefix()
    {
        string[] names = ["a", "a/b", "b", "ab", "a/b/c", "c/d"];
        var table = new CollectionTable([.. names.Select(name => Schema(name, "x"))]);
        var part = Gen.Int[0, 5].Select(i => new[] { "a", "b", "c", "d", "ab", "" }[i]);
        part.Array[1, 5].Sample(parts =>
        {
            var path = "/" + string.Join('/', parts);
            var owner = names.Where(n => path.StartsWith($"/{n}/") && path.Length > n.Length + 2)
                .OrderByDescending(n => n.Length).FirstOrDefault();
            var found = table.TryResolve(Encoding.UTF8.GetBytes(path), out var ordinal) ? names[ordinal] : null;
            Assert.Equal(owner, found);
        });
    }

    [Theory]
    [InlineData("", "1 to 255")]
    [InlineData("/wiki", "slash")]
    [InlineData("wiki/", "slash")]
    [InlineData("a//b", "slash")]
    [InlineData("Wiki", "a-z")]
    [InlineData("wi ki", "a-z")]
    [InlineData("..", "a-z")]
    public void Names_that_are_not_allowed_are_told_what_is(string name, string says) =>
        Assert.Contains(says, SchemaRules.Problem(Schema(name, "x")));

    [Fact]
    public void Fields_that_make_no_sense_are_named()
    {
        Assert.Contains("'x' is declared twice", SchemaRules.Problem(Schema("a", "x", "x")));
        Assert.Contains("0 characters", SchemaRules.Problem(Schema("a", "")));
        var klingon = new FieldSchema { Name = "t", Type = FieldType.Text, Analyzer = "klingon" };
        Assert.Contains("'klingon'", SchemaRules.Problem(new CollectionSchema { Name = "a", Fields = [klingon] }));
        var typeless = new FieldSchema { Name = "t", Type = (FieldType)99 };
        Assert.Contains("type 99", SchemaRules.Problem(new CollectionSchema { Name = "a", Fields = [typeless] }));
        var many = Schema("a", [.. Enumerable.Range(0, 257).Select(i => $"f{i}")]);
        Assert.Contains("257", SchemaRules.Problem(many));
        Assert.Null(SchemaRules.Problem(Schema("shop/goods_2-b", "x", "y")));
    }

    [Fact]
    public void A_second_declaration_adds_fields_and_takes_none_away()
    {
        var stored = Schema("a", "x", "y");
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(stored, Schema("a", "z", "x"), out var merged, out _));
        Assert.Equal(["x", "y", "z"], merged.Fields.Select(f => f.Name));
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(stored, Schema("a", "y"), out merged, out _));
        Assert.Same(stored, merged);
    }

    [Fact]
    public void A_declaration_that_contradicts_is_a_conflict_that_names_both()
    {
        var stored = Schema("a", "x");
        var field = new FieldSchema { Name = "x", Type = FieldType.Number };
        var number = new CollectionSchema { Name = "a", Fields = [field] };
        Assert.Equal(StatusCode.SchemaConflict, SchemaRules.Merge(stored, number, out _, out var error));
        Assert.Contains("text (standard)", error);
        Assert.Contains("number", error);
        var english = stored with { Fields = [stored.Fields[0] with { Analyzer = "english", StopWords = true }] };
        Assert.Equal(StatusCode.SchemaConflict, SchemaRules.Merge(stored, english, out _, out error));
        Assert.Contains("english, without stop words", error);
    }

    [Fact]
    public void How_values_are_indexed_cannot_be_declared_otherwise_and_how_they_are_asked_for_can()
    {
        var tags = new FieldSchema { Name = "tags", Type = FieldType.Keyword };
        var place = new FieldSchema { Name = "place", Type = FieldType.GeoPoint };
        var stored = new CollectionSchema { Name = "a", Fields = [tags, place] };
        Assert.Contains("cut at ','", Conflict(tags with { Separator = "," }));
        Assert.Contains("in lower case", Conflict(tags with { FoldCase = true }));
        Assert.Contains("longitude first", Conflict(place with { LongitudeFirst = true }));
        var alias = stored with { Fields = [tags with { Alias = "t" }] };
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(stored, alias, out var merged, out _));
        Assert.Equal("t", merged.Fields[0].Alias);
        var odd = stored with { Fields = [tags with { LongitudeFirst = true }] };
        Assert.Contains("'tags' holds no places", SchemaRules.Problem(odd));

        string? Conflict(FieldSchema field)
        {
            var declared = stored with { Fields = [field] };
            Assert.Equal(StatusCode.SchemaConflict, SchemaRules.Merge(stored, declared, out _, out var error));
            return error;
        }
    }

    private static CollectionSchema Schema(string name, params string[] fields) => new()
    {
        Name = name, Fields = [.. fields.Select(f => new FieldSchema { Name = f, Type = FieldType.Text })],
    };
}
