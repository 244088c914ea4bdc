using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed class KeywordTextTests
{
    [Fact]
    public void Parts_are_those_of_splitting_and_trimming()
    {
        Gen.Char["ab ,;\t"].Array[0, 20].Sample(characters =>
        {
            var text = new string(characters);
            var field = new FieldSchema { Name = "tags", Type = FieldType.Keyword, Separator = "," };
            var expected = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(expected, Parts(field, text));
        });
    }

    [Fact]
    public void Without_a_separator_a_text_is_one_value_as_it_stands() =>
        Assert.Equal([" a,b "], Parts(new FieldSchema { Name = "tags", Type = FieldType.Keyword }, " a,b "));

    [Fact]
    public void Case_is_folded_where_the_field_says_so()
    {
        var field = new FieldSchema { Name = "tags", Type = FieldType.Keyword, FoldCase = true };
        Assert.Equal("größe", KeywordText.Normalize(field, "GRÖßE"));
        Assert.Equal("GRÖßE", KeywordText.Normalize(field with { FoldCase = false }, "GRÖßE"));
    }

    [Fact]
    public void Malformed_values_are_passed_over_and_the_rest_is_indexed()
    {
        var schema = new CollectionSchema
        {
            Name = "c",
            IgnoreMalformed = true,
            Fields =
            [
                new FieldSchema { Name = "n", Type = FieldType.Number },
                new FieldSchema { Name = "k", Type = FieldType.Keyword, Separator = ",", FoldCase = true },
                new FieldSchema { Name = "t", Type = FieldType.Text },
            ],
        };
        var document = new ParsedDocument();
        var fields = new CollectionFields(schema, Hedgerow.Leaf.Search.Analysis.Analyzers.Get);
        var json = """{"n":"x","n":[1,{"a":[2]},"3"],"k":"Ä,b , C","k":{"x":1},"t":[["y"]],"t":"word"}"""u8;
        Assert.Equal(StatusCode.Ok, document.Read(json, fields, out var error));
        Assert.Null(error);
        var numbers = new List<ushort>();
        var texts = new List<string>();
        foreach (var value in document.Values)
        {
            if (value.Field == 0) numbers.Add(value.Field);
            else texts.Add($"{value.Field}:{document.Text(value)}");
        }

        Assert.Equal(2, numbers.Count);
        Assert.Equal(["1:ä", "1:b", "1:c", "2:word"], texts);
    }

    private static List<string> Parts(FieldSchema field, string text)
    {
        var parts = new List<string>();
        var at = 0;
        while (KeywordText.TryNext(field, text, ref at, out var part)) parts.Add(text[part]);
        return parts;
    }
}
