using System.CommandLine;
using Hedgerow.Protocol;

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
            "Without it, the collection's prefix (/NAME/) and the id.",
    };

    private readonly Option<bool> _skipBad = new("--skip-bad")
    {
        Description = "Leave bad lines out, count and report them, rather than stop at the first.",
    };

    private readonly Option<bool> _withMeta = new("--with-meta")
    {
        Description = "Lines are {\"path\":…,\"document\":…} or {\"path\":…,\"delete\":true}, as export --with-meta " +
            "writes them; a line may have a condition: \"ifMatch\" a version, or \"ifNoneMatch\":\"*\".",
    };

    private readonly Option<bool> _ifUnchanged = new("--if-unchanged")
    {
        Description = "With --with-meta: write a line only where its version is still the one stored.",
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
        Option[] options = [_idField, _pathTemplate, _withMeta, _ifUnchanged, _skipBad, _resume, _resumeFile];
        foreach (var option in options) verb.Add(option);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(_ifUnchanged) && !result.GetValue(_withMeta))
                result.AddError("--if-unchanged wants --with-meta: the versions are in the lines.");
            if (result.GetValue(_pathTemplate) is not null && result.GetValue(_withMeta))
                result.AddError("--path-template and --with-meta exclude each other: the paths are in the lines.");
        });
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
            IdField = result.GetValue(_idField)!,
            IfUnchanged = result.GetValue(_ifUnchanged),
            SkipBad = result.GetValue(_skipBad),
            PositionFile = positionFile,
            Start = start,
        };
    }

    /// <summary>The plan for a collection as it is declared: its paths may begin otherwise than its name.</summary>
    public ImportPlan Plan(ParseResult result, ImportPlan plan, CollectionSchema schema)
    {
        if (result.GetValue(_withMeta)) return plan with { MetaPrefix = schema.PathPrefix };
        return result.GetValue(_pathTemplate) is not null
            ? plan
            : plan with { Paths = PathTemplate.Of(schema.PathPrefix, plan.IdField) };
    }

    private string? PositionFile(ParseResult result)
    {
        if (result.GetValue(_resumeFile) is { } named) return named;
        var file = File(result);
        return file == "-" ? null : file + ".hedgerow-position";
    }
}
