using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>One variation of a scenario, whole.</summary>
/// <param name="Name">Its member of <c>runs</c>; the scenario's where it has none.</param>
/// <param name="Scenario">With what differs merged in.</param>
internal sealed record ScenarioRun(string Name, Scenario Scenario);

/// <summary>A scenario as it was read, with its runs.</summary>
internal sealed record ScenarioSet(Scenario Scenario, IReadOnlyList<ScenarioRun> Runs);

/// <summary>Reads scenarios: files with comments, or those that come with the program.</summary>
internal static class ScenarioFile
{
    /// <summary>Variations of one scenario.</summary>
    public const int RunsMax = 32;

    private const string ResourcePrefix = "Scenarios/";
    private const string Extension = ".json";

    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    /// <summary>Those that come with the program, sorted.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
    [
        .. typeof(ScenarioFile).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Opens a built-in scenario by its name, or a file.</summary>
    /// <exception cref="ScenarioException">There is none, or it makes no sense.</exception>
    public static ScenarioSet Open(string nameOrFile)
    {
        if (BuiltIn.Contains(nameOrFile, StringComparer.Ordinal))
        {
            using var stream = typeof(ScenarioFile).Assembly
                .GetManifestResourceStream(ResourcePrefix + nameOrFile + Extension)!;
            using var reader = new StreamReader(stream);
            return Parse(reader.ReadToEnd(), nameOrFile, AppContext.BaseDirectory);
        }

        try
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(nameOrFile))!;
            return Parse(File.ReadAllText(nameOrFile), nameOrFile, directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException(
                $"'{nameOrFile}' is no file that can be read ({e.Message}) and no built-in scenario; these are: " +
                $"{string.Join(", ", BuiltIn)}.");
        }
    }

    /// <summary>Reads a scenario's text.</summary>
    /// <param name="text">JSON with comments.</param>
    /// <param name="source">For messages.</param>
    /// <param name="directory">Where the files that it names lie.</param>
    public static ScenarioSet Parse(string text, string source, string directory)
    {
        var options = ScenarioJson.OptionsFor(directory);
        JsonObject whole;
        try
        {
            whole = JsonNode.Parse(text, documentOptions: Lenient) as JsonObject
                ?? throw new ScenarioException($"{source} is no JSON object.");
        }
        catch (JsonException e)
        {
            throw new ScenarioException($"{source} is not JSON: {e.Message}", e);
        }

        var scenario = Read(whole, source, options);
        if (scenario.Runs.Count > RunsMax)
            throw new ScenarioException($"{source}: runs has {scenario.Runs.Count} members; at most {RunsMax}.");
        var runs = new List<ScenarioRun>();
        foreach (var (name, changes) in scenario.Runs)
        {
            if (changes is not JsonObject changed)
                throw new ScenarioException($"{source}: runs.{name} is {changes?.ToJsonString()}; allowed: an object.");
            var merged = (JsonObject)Merge(whole, changed);
            merged.Remove("runs");
            runs.Add(new ScenarioRun(name, Read(merged, $"{source}, run {name}", options)));
        }

        if (runs.Count == 0) runs.Add(new ScenarioRun(scenario.Name, scenario));
        ScenarioRules.CheckClaims(source, scenario, [.. runs.Select(run => run.Name)]);
        return new ScenarioSet(scenario, runs);
    }

    private static Scenario Read(JsonObject json, string source, JsonSerializerOptions options)
    {
        try
        {
            var scenario = json.Deserialize<Scenario>(options)!;
            ScenarioRules.Check(source, scenario);
            return scenario;
        }
        catch (JsonException e)
        {
            var place = e.Path is null or "$" ? "" : e.Path.TrimStart('$').TrimStart('.') + ": ";
            var message = e.Message.Split(" Path:")[0];
            throw new ScenarioException($"{source}: {place}{message}", e);
        }
    }

    /// <summary>RFC 7396: objects are merged, null takes away, anything else replaces.</summary>
    private static JsonNode Merge(JsonNode? into, JsonObject changes)
    {
        var merged = into is JsonObject known ? (JsonObject)known.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null) merged.Remove(name);
            else merged[name] = change is JsonObject inner ? Merge(merged[name], inner) : change.DeepClone();
        }

        return merged;
    }
}
