using System.Collections;
using System.Text;

namespace Hedgerow.Server.Config;

/// <summary>
/// Where settings come from, weakest first: the default, the file of <c>--config</c>, the environment, the command
/// line. Each spelling is read into rows of the same table; what no row knows stops the start.
/// </summary>
internal static class SettingsSources
{
    /// <summary>What an environment variable of ours begins with.</summary>
    public const string EnvironmentPrefix = "HEDGEROW__";

    private const string ConfigFlag = "config";

    /// <summary>Reads all sources.</summary>
    /// <param name="role">The verb.</param>
    /// <param name="args">What followed the verb.</param>
    /// <param name="environment">The process's environment, or a test's.</param>
    /// <exception cref="SettingsException">One is wrong; the message names it.</exception>
    public static ServerSettings Read(NodeRole role, IReadOnlyList<string> args, IDictionary environment)
    {
        var flags = ReadFlags(role, args, out var configPath);
        var settings = SettingsTable.Defaults(role);
        if (configPath != null) Apply(ReadFile(configPath), role, ref settings);
        Apply(ReadEnvironment(environment), role, ref settings);
        Apply(flags, role, ref settings);
        if (settings.Name.Length == 0) settings = settings with { Name = role.ToString().ToLowerInvariant() };
        SettingsRules.Check(settings);
        return settings;
    }

    private static List<GivenSetting> ReadFlags(NodeRole role, IReadOnlyList<string> args, out string? configPath)
    {
        configPath = null;
        var given = new List<GivenSetting>();
        for (var i = 0; i < args.Count; i++)
        {
            var argument = args[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
                throw new SettingsException(
                    $"'{argument}' is not a flag. {Verb(role)} takes flags only, such as --{Example(role)}.");
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument[2..] : argument[2..equals];
            var isConfig = name.Equals(ConfigFlag, StringComparison.OrdinalIgnoreCase);
            var row = isConfig ? null : SettingsTable.Find(name, role);
            string value;
            if (equals >= 0) value = argument[(equals + 1)..];
            else if (TakesNext(row, args, i)) value = args[++i];
            else if (row is { IsSwitch: true }) value = "true";
            else if (row == null && !isConfig) value = "";
            else throw new SettingsException($"--{name} needs a value. Allowed: {row?.Allowed ?? "a file's path"}.");
            if (isConfig) configPath = value;
            else given.Add(new GivenSetting(name, value, "--" + name));
        }

        return given;
    }

    private static bool TakesNext(Setting? row, IReadOnlyList<string> args, int at)
    {
        if (at + 1 >= args.Count || args[at + 1].StartsWith("--", StringComparison.Ordinal)) return false;
        return row is not { IsSwitch: true } || bool.TryParse(args[at + 1], out _);
    }

    private static List<GivenSetting> ReadEnvironment(IDictionary environment)
    {
        var given = new List<GivenSetting>();
        foreach (DictionaryEntry variable in environment)
        {
            var spelled = (string)variable.Key;
            if (!spelled.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            var name = spelled[EnvironmentPrefix.Length..].Replace("__", ".", StringComparison.Ordinal);
            given.Add(new GivenSetting(name, (string?)variable.Value ?? "", spelled));
        }

        return given;
    }

    private static List<GivenSetting> ReadFile(string path)
    {
        try
        {
            var text = File.ReadAllBytes(path);
            using var stream = new MemoryStream(text);
            var root = new ConfigurationBuilder().AddJsonStream(stream).Build();
            var given = new List<GivenSetting>();
            Flatten(root, path, given);
            return given;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--config is '{path}', which can't be read: {e.Message}");
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or InvalidDataException)
        {
            var inner = e.InnerException ?? e;
            throw new SettingsException($"--config is '{path}', which is not the JSON of settings: {inner.Message}");
        }
    }

    // An array becomes the comma list that a flag would be.
    private static void Flatten(IConfiguration node, string file, List<GivenSetting> given)
    {
        foreach (var child in node.GetChildren())
        {
            var name = child.Path.Replace(':', '.');
            var items = child.GetChildren().ToList();
            if (items.Count == 0) given.Add(new GivenSetting(name, child.Value ?? "", $"{name} in {file}"));
            else if (items.TrueForAll(item => int.TryParse(item.Key, out _)))
                given.Add(new GivenSetting(name, string.Join(',', items.Select(i => i.Value)), $"{name} in {file}"));
            else Flatten(child, file, given);
        }
    }

    private static void Apply(List<GivenSetting> given, NodeRole role, ref ServerSettings settings)
    {
        foreach (var (name, value, spelled) in given)
        {
            var row = SettingsTable.Find(name, role) ?? throw Unknown(name, value, spelled, role);
            // A file or an environment shared by several roles may set what this one does not read; a flag may not.
            if (!row.IsReadBy(role) && spelled.StartsWith("--", StringComparison.Ordinal))
                throw new SettingsException($"{spelled} is not read by {Verb(role)}; {Readers(row)} read it.");
            if (row.TryApply(value, ref settings)) continue;
            var shown = row.IsSecret ? "a secret" : $"'{value}'";
            throw new SettingsException($"{spelled} is {shown}, which is not allowed. Allowed: {row.Allowed}.");
        }
    }

    private static SettingsException Unknown(string name, string value, string spelled, NodeRole role)
    {
        var message = new StringBuilder($"{spelled} is no setting (its value is '{value}').");
        var isFlag = spelled.StartsWith("--", StringComparison.Ordinal);
        var names = SettingsTable.Rows.Where(r => r.IsReadBy(role))
            .SelectMany(r => isFlag && r.Alias != null ? new[] { r.Name, r.Alias } : [r.Name]);
        var nearest = NearestWord.Find(name, names);
        if (nearest != null)
        {
            var isEnvironment = spelled.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase);
            var row = SettingsTable.Find(nearest, role)!;
            var suggestion = isEnvironment ? row.EnvironmentName
                : isFlag ? "--" + nearest : nearest;
            message.Append($" Did you mean {suggestion}? Allowed there: {row.Allowed}.");
        }

        message.Append($" All settings: {Verb(role)} --help.");
        return new SettingsException(message.ToString());
    }

    private static string Readers(Setting row)
    {
        var verbs = new[] { NodeRole.Serve, NodeRole.Leaf, NodeRole.Router }.Where(row.IsReadBy).Select(Verb);
        return string.Join(" and ", verbs);
    }

    private static string Verb(NodeRole role) => "hedgerow " + role.ToString().ToLowerInvariant();

    private static string Example(NodeRole role) => role == NodeRole.Router ? "topology FILE" : "memory 1GiB";

    private readonly record struct GivenSetting(string Name, string Value, string Spelled);
}
