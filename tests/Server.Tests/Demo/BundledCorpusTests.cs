using Hedgerow.Server.Cli.Import;
using Hedgerow.Server.Demo;

namespace Hedgerow.Server.Tests.Demo;

public sealed class BundledCorpusTests
{
    [Fact]
    public async Task Every_line_of_the_bundled_corpus_makes_a_path_of_its_own()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var corpus = await ImportSource.OverAsync("corpus", BundledCorpus.OpenFile(), null, cancel);
        var template = PathTemplate.Parse("/words/{id}", "words");
        var paths = new HashSet<string>();
        while (await corpus.Lines.ReadAsync(cancel))
        {
            Assert.Null(template.TryMakePath(corpus.Lines.Current.Span, corpus.Lines.Line, out var path));
            Assert.True(paths.Add(path), path);
        }

        Assert.Equal(BundledCorpus.Documents, paths.Count);
    }

    [Fact]
    public void Schema_of_the_bundled_corpus_is_one()
    {
        using var stream = BundledCorpus.OpenSchema();
        var schema = SchemaFile.Read(stream, "schema.json", BundledCorpus.Collection);
        Assert.Contains(schema.Fields, field => field.Name == "definition");
    }
}
