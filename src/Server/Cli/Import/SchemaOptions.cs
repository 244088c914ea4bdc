using System.CommandLine;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Import;

/// <summary>The options that say what fields a collection has: a file, or lists of names.</summary>
internal sealed class SchemaOptions
{
    private readonly Option<string?> _file = new("--schema")
    {
        HelpName = "FILE.json", Description = "The collection's schema, as PUT /v1/collections/NAME takes it.",
    };

    private readonly Option<string?> _text = Names("--text-fields", "Fields searched word by word.");
    private readonly Option<string?> _keyword = Names("--keyword-fields", "Fields matched as a whole.");
    private readonly Option<string?> _number = Names("--number-fields", "Fields with numbers.");
    private readonly Option<string?> _date = Names("--date-fields", "Fields with dates.");
    private readonly Option<string?> _geo = Names("--geo-fields", "Fields with places.");

    private readonly Option<string> _analyzer = new("--analyzer")
    {
        HelpName = "NAME",
        DefaultValueFactory = _ => "standard",
        Description = "How text is cut into words: standard, or a language such as english, which stems too.",
    };

    public void AddTo(Command verb)
    {
        Option[] all = [_file, _text, _keyword, _number, _date, _geo, _analyzer];
        foreach (var option in all) verb.Add(option);
    }

    /// <summary>The schema asked for; null when no option says one.</summary>
    public CollectionSchema? Read(ParseResult result, string collection)
    {
        var lists = new[] { _text, _keyword, _number, _date, _geo };
        var hasLists = lists.Any(list => result.GetValue(list) is not null);
        if (result.GetValue(_file) is { } file)
        {
            if (hasLists) throw CliException.Usage("--schema FILE.json and lists of fields exclude each other.");
            return SchemaFile.Read(file, collection);
        }

        if (!hasLists) return null;
        return new CollectionSchema
        {
            Name = collection,
            Fields =
            [
                .. Fields(result, _text, FieldType.Text), .. Fields(result, _keyword, FieldType.Keyword),
                .. Fields(result, _number, FieldType.Number), .. Fields(result, _date, FieldType.Date),
                .. Fields(result, _geo, FieldType.GeoPoint),
            ],
        };
    }

    private IEnumerable<FieldSchema> Fields(ParseResult result, Option<string?> list, FieldType type) =>
        (result.GetValue(list) ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => type == FieldType.Text
                ? new FieldSchema { Name = name, Type = type, Analyzer = result.GetValue(_analyzer)! }
                : new FieldSchema { Name = name, Type = type });

    private static Option<string?> Names(string name, string description) => new(name)
    {
        HelpName = "A,B", Description = description,
    };
}
