using System.Globalization;

namespace Hedgerow.Bench.Search;

/// <summary>What <c>bench -- search</c> is asked for.</summary>
internal sealed record SearchOptions
{
    /// <summary>Its usage.</summary>
    public const string Usage =
        """
        search [--engine hedgerow,lucenenet,lucene] [--queries CLASS,...] [--command COMMAND,...] [--repeat N]
               [--rounds N] [--warmup SECONDS] [--index-rounds N] [--keep-peers true] [--core N] [--work FOLDER]
               [--classpath JARS] [--write NAME]
        search --profile-loop CLASS [--command COMMAND] [--seconds N] [--work FOLDER] [--repeat N]
        search drive ENGINE FOLDER REPEAT      a driver, which serves orders on its input
        """;

    /// <summary>Engines, ours first.</summary>
    public IReadOnlyList<string> Engines { get; private init; } = ["hedgerow"];

    /// <summary>Classes of queries; empty means all.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>Commands.</summary>
    public IReadOnlyList<SearchMode> Commands { get; private init; } = SearchMode.All;

    /// <summary>How often the corpus is indexed.</summary>
    public int Repeat { get; private init; } = 1;

    /// <summary>Rounds of which each query's best is taken.</summary>
    public int Rounds { get; private init; } = 10;

    /// <summary>Seconds of processor time of warming up before the rounds of each command.</summary>
    public int Warmup { get; private init; } = 20;

    /// <summary>Times each index is built, of which the best is taken.</summary>
    public int IndexRounds { get; private init; } = 3;

    /// <summary>Whether the indexes of peers are taken as an earlier run left them.</summary>
    public bool KeepPeers { get; private init; }

    /// <summary>The processor that drivers are pinned to; negative for none.</summary>
    public int Core { get; private init; } = -1;

    /// <summary>Where corpus and indexes are.</summary>
    public string Work { get; private init; } = Path.Combine(SharedFolder.Root, "artifacts", "search");

    /// <summary>Class path of Lucene's driver.</summary>
    public string ClassPath { get; private init; } = "";

    /// <summary>Name of the results under <c>bench/results</c>; empty writes none.</summary>
    public string Write { get; private init; } = "";

    /// <summary>A class to run over and over; empty for none.</summary>
    public string ProfileLoop { get; private init; } = "";

    /// <summary>Seconds of that.</summary>
    public int Seconds { get; private init; } = 20;

    /// <summary>Reads arguments; the error says what is wrong.</summary>
    public static SearchOptions? Parse(IReadOnlyList<string> arguments, out string error)
    {
        error = "";
        var options = new SearchOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count)
            {
                error = $"'{arguments[i]}' has no value";
                return null;
            }

            var (name, value) = (arguments[i], arguments[i + 1]);
            if (options.With(name, value) is not { } next)
            {
                error = $"unknown option '{name}'";
                return null;
            }

            options = next;
        }

        if (options.Engines.Contains("lucene") && options.ClassPath.Length == 0)
        {
            error = "engine 'lucene' needs --classpath; bench/search.sh finds it";
            return null;
        }

        return options;
    }

    private SearchOptions? With(string name, string value) => name switch
    {
        "--engine" => this with { Engines = value.Split(',') },
        "--queries" => this with { Classes = value.Split(',') },
        "--command" => this with { Commands = [.. value.Split(',').Select(SearchMode.Of)] },
        "--repeat" => this with { Repeat = Whole(value) },
        "--rounds" => this with { Rounds = Whole(value) },
        "--warmup" => this with { Warmup = Whole(value) },
        "--index-rounds" => this with { IndexRounds = Whole(value) },
        "--keep-peers" => this with { KeepPeers = bool.Parse(value) },
        "--core" => this with { Core = Whole(value) },
        "--work" => this with { Work = Path.GetFullPath(value) },
        "--classpath" => this with { ClassPath = value },
        "--write" => this with { Write = value },
        "--profile-loop" => this with { ProfileLoop = value },
        "--seconds" => this with { Seconds = Whole(value) },
        _ => null,
    };

    private static int Whole(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
