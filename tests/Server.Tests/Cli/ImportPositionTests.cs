using CsCheck;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Cli.Import;

namespace Hedgerow.Server.Tests.Cli;

public sealed class ImportPositionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-position-").FullName;

    private string PositionFile => Path.Combine(_directory, "position");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Position_comes_back_as_it_was_saved()
    {
        var saved = At(12);
        saved.Save(PositionFile);
        At(13).Save(PositionFile);
        Assert.Equal(At(13), ImportPosition.Load(PositionFile));
        Assert.Equal([PositionFile], Directory.GetFiles(_directory));
    }

    [Fact]
    public void No_file_is_no_position() => Assert.Null(ImportPosition.Load(PositionFile));

    [Theory]
    [InlineData("nonsense", "is not a position file")]
    [InlineData("{}", "is not a position file")]
    [InlineData("""{"format":9,"collection":"c","lines":1,"bytes":1,"hash":"","documents":1,"skipped":0}""",
        "is a position of format 9; this program reads format 1")]
    public void File_that_is_no_position_is_refused(string text, string expected)
    {
        File.WriteAllText(PositionFile, text);
        var refused = Assert.Throws<CliException>(() => ImportPosition.Load(PositionFile));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settled_place_is_the_last_mark_behind_which_nothing_is_open() =>
        Gen.Int[0, 3_000].Array[1, 20].Sample(settledInAnyOrder =>
        {
            var marks = new SettledMarks();
            for (var documents = 1; documents <= 3_000; documents++)
            {
                var here = documents;
                marks.Mark(documents, () => At(here));
            }

            var furthest = 0L;
            foreach (var settled in settledInAnyOrder.Order())
            {
                furthest = marks.Settle(settled)?.Documents ?? furthest;
                Assert.Equal(settled / SettledMarks.Spacing * SettledMarks.Spacing, furthest);
            }
        });

    [Fact]
    public void Line_of_every_document_is_found_again_whatever_lines_were_left_out() =>
        Gen.Bool.Array[1, 200].Sample(isDocument =>
        {
            var numbers = new LineNumbers();
            var naive = new List<long>();
            for (var line = 1; line <= isDocument.Length; line++)
            {
                if (!isDocument[line - 1]) continue;
                numbers.Add(naive.Count, line);
                naive.Add(line);
            }

            for (var index = 0; index < naive.Count; index++) Assert.Equal(naive[index], numbers.Find(index));
        });

    private static ImportPosition At(long documents) => new()
    {
        Collection = "c", Lines = documents, Bytes = documents * 10, Hash = "00", Documents = documents, Skipped = 0,
    };
}
