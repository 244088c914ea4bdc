using System.CommandLine;

namespace Hedgerow.Server.Cli.Import;

/// <summary>The options of import, and the plan they make.</summary>
internal sealed class ImportOptions
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description = "JSON lines, plain or gzip; - reads standard input.",
    };

    private readonly Option<string> _collection = new("--collection")
    {
        HelpName = "NAME", Required = true, Description = "Where the documents go.",
    };

    private readonly Option<string> _idField = new("--id-field")
    {
        HelpName = "FIELD", DefaultValueFactory = _ => "id", Description = "Field that names a document.",
    };

    private readonly Option<string?> _pathTemplate = new("--path-template")
    {
        HelpName = "PATH",
        Description = "Path of a document, fields in braces, such as /wiki/{lang}/{id}; {line} is the line number. " +
            "Without it, /NAME/{id field}.",
    };

    private readonly Option<bool> _skipBad = new("--skip-bad")
    {
        Description = "Leave bad lines out, count and report them, rather than stop at the first.",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on where an earlier import stopped.",
    };

    private readonly Option<string?> _resumeFile = new("--resume-file")
    {
        HelpName = "FILE", Description = "Where the position is kept. Default: FILE.hedgerow-position.",
    };

    /// <summary>The collection's fields.</summary>
    public SchemaOptions Schema { get; } = new();

    public void AddTo(Command verb)
    {
        verb.Add(_file);
        verb.Add(_collection);
        Schema.AddTo(verb);
        foreach (var option in new Option[] { _idField, _pathTemplate, _skipBad, _resume, _resumeFile })
            verb.Add(option);
    }

    /// <summary>The file named, or <c>-</c>.</summary>
    public string File(ParseResult result) => result.GetRequiredValue(_file);

    /// <summary>Reads the options and, when resuming, the position.</summary>
    /// <exception cref="CliException">They do not fit together.</exception>
    public ImportPlan Plan(ParseResult result)
    {
        var collection = result.GetRequiredValue(_collection);
        var template = result.GetValue(_pathTemplate) ?? $"/{collection}/{{{result.GetValue(_idField)}}}";
        var positionFile = PositionFile(result);
        ImportPosition? start = null;
        if (result.GetValue(_resume))
        {
            if (positionFile is null)
                throw CliException.Usage(
                    "--resume of standard input wants --resume-file FILE, where the position is kept.");
            start = ImportPosition.Load(positionFile);
            if (start is not null && start.Collection != collection)
                throw CliException.Usage(
                    $"{positionFile} is the position of an import into '{start.Collection}', not into '{collection}'.");
        }

        return new ImportPlan
        {
            Collection = collection,
            Paths = PathTemplate.Parse(template, collection),
            SkipBad = result.GetValue(_skipBad),
            PositionFile = positionFile,
            Start = start,
        };
    }

    private string? PositionFile(ParseResult result)
    {
        if (result.GetValue(_resumeFile) is { } named) return named;
        var file = File(result);
        return file == "-" ? null : file + ".hedgerow-position";
    }
}
