using System.Diagnostics;
using System.Globalization;

namespace Hedgerow.Bench.Search;

/// <summary>
/// The engine's side of the benchmark: answers orders on its input, one a line, each answer ending with a line that is
/// a dot. The driver itself times each query and keeps its best, so no pipe is in any figure.
/// </summary>
/// <remarks>
/// <code>
///  index plain|stored ROUNDS   builds as often, tells variant, seconds, CPU seconds, bytes, source bytes, documents
///  open                        opens the index
///  warm COMMAND SECONDS        runs all queries, shuffled, over and over, for so much processor time
///  round COMMAND               runs and times each query once
///  times COMMAND               best nanoseconds and last answer of each query
///  hits                        number:score of the best ten of each query
///  loop COMMAND CLASS SECONDS  runs one class over and over, for a profiler
/// </code>
/// </remarks>
internal sealed class SearchDriver
{
    /// <summary>What an engine may hold in memory before it writes a segment: the same for all.</summary>
    public const long BufferMegabytes = 512;

    private readonly ISearchEngine _engine;
    private readonly string _folder;
    private readonly int _repeat;
    private readonly IReadOnlyList<(string Class, string Text)> _queries;
    private readonly Random _random = new(2);
    private readonly Dictionary<string, (long[] Best, long[] Answers)> _timings = [];

    public SearchDriver(ISearchEngine engine, string work, string name, int repeat)
    {
        _engine = engine;
        _folder = Path.Combine(work, "index-" + name);
        _repeat = repeat;
        _queries = SearchCorpus.ReadQueries(work);
        Work = work;
    }

    private string Work { get; }

    /// <summary>Serves orders until the input ends.</summary>
    public void Run(TextReader orders, TextWriter answers)
    {
        while (orders.ReadLine() is { } order)
        {
            foreach (var line in Execute(order.Split(' '))) answers.WriteLine(line);
            answers.WriteLine(".");
            answers.Flush();
        }
    }

    /// <summary>Runs one order; its answer's lines.</summary>
    public IEnumerable<string> Execute(string[] order)
    {
        switch (order)
        {
            case ["index", _, var rounds]:
                return [Index(int.Parse(rounds, CultureInfo.InvariantCulture))];
            case ["open"]:
                _engine.Open(_folder);
                return [];
            case ["warm", var command, var seconds]:
                return Loop(SearchMode.Of(command), _queries.Select(query => query.Text), seconds);
            case ["loop", var command, var name, var seconds]:
                return Loop(SearchMode.Of(command), _queries.Where(q => q.Class == name).Select(q => q.Text), seconds);
            case ["round", var command]:
                Round(SearchMode.Of(command));
                return [];
            case ["times", var command]:
                var (best, found) = _timings[command];
                return best.Zip(found, (ns, answer) => Text($"{ns}\t{answer}"));
            case ["hits"]:
                return _queries.Select(query => string.Join(
                    ' ', _engine.Top10(query.Text).Select(hit => Text($"{hit.Document}:{hit.Score:R}"))));
            default:
                throw new ArgumentException($"unknown order '{string.Join(' ', order)}'");
        }
    }

    private string Index(int rounds)
    {
        var corpus = SearchCorpus.Read(Work, _repeat);
        var best = Enumerable.Range(0, rounds).Select(_ => _engine.Build(corpus, _folder)).MinBy(f => f.CpuSeconds)!;
        return Text(
            $"{best.Variant}\t{best.Seconds}\t{best.CpuSeconds}\t{best.Bytes}\t{best.SourceBytes}\t{best.Documents}");
    }

    private string[] Loop(SearchMode mode, IEnumerable<string> texts, string seconds)
    {
        var queries = texts.ToArray();
        if (queries.Length == 0) throw new ArgumentException("no query is of that class");
        _random.Shuffle(queries);
        var time = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
        using var process = Process.GetCurrentProcess();
        var start = process.TotalProcessorTime;
        var runs = 0;
        TimeSpan taken;
        do
        {
            foreach (var query in queries) _engine.Run(mode, query);
            runs += queries.Length;
            process.Refresh();
            taken = process.TotalProcessorTime - start;
        }
        while (taken < time);
        return [Text($"{runs} queries, {taken.TotalMicroseconds / runs:F1} us of processor time each")];
    }

    private void Round(SearchMode mode)
    {
        if (!_timings.TryGetValue(mode.Name, out var timing))
        {
            timing = (new long[_queries.Count], new long[_queries.Count]);
            Array.Fill(timing.Best, long.MaxValue);
            _timings[mode.Name] = timing;
        }

        var order = Enumerable.Range(0, _queries.Count).ToArray();
        _random.Shuffle(order);
        foreach (var i in order)
        {
            var start = Stopwatch.GetTimestamp();
            timing.Answers[i] = _engine.Run(mode, _queries[i].Text);
            var taken = (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            timing.Best[i] = Math.Min(timing.Best[i], taken);
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
