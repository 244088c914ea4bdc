using System.Globalization;

namespace Hedgerow.Server.Config;

/// <summary>One row of <see cref="SettingsTable"/>: its spellings, what it takes, what it changes.</summary>
internal sealed class Setting
{
    private readonly Apply _apply;

    private Setting(string name, string kind, string @default, string allowed, NodeRole roles, string doc, Apply apply)
    {
        Name = name;
        Kind = kind;
        Default = @default;
        Allowed = allowed;
        Roles = roles;
        Doc = doc;
        _apply = apply;
    }

    private delegate bool Apply(string text, ref ServerSettings settings);

    /// <summary>Dotted name: the JSON path, and the flag behind <c>--</c>.</summary>
    public string Name { get; }

    /// <summary>Short flag without its dashes, such as <c>data</c>; null when it has none.</summary>
    public string? Alias { get; private init; }

    /// <summary>What kind of value, in one word.</summary>
    public string Kind { get; }

    /// <summary>Default in its text form; empty for none.</summary>
    public string Default { get; }

    /// <summary>What is allowed, for messages and docs.</summary>
    public string Allowed { get; }

    /// <summary>Who reads it.</summary>
    public NodeRole Roles { get; }

    /// <summary>What it does, in a sentence or two.</summary>
    public string Doc { get; }

    /// <summary>Whether messages must not show its value.</summary>
    public bool IsSecret { get; private init; }

    /// <summary>Whether a flag without a value means true.</summary>
    public bool IsSwitch { get; private init; }

    /// <summary>The environment variable.</summary>
    public string EnvironmentName =>
        SettingsSources.EnvironmentPrefix + Name.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Whether a role reads it.</summary>
    public bool IsReadBy(NodeRole role) => (Roles & role) != 0;

    /// <summary>Sets it from its text form; false when the text is not allowed.</summary>
    public bool TryApply(string text, ref ServerSettings settings) => _apply(text.Trim(), ref settings);

    /// <summary>Any text.</summary>
    public static Setting Text(
        string name, string @default, NodeRole roles, string doc, Func<ServerSettings, string, ServerSettings> set,
        string? alias = null) =>
        new(name, "text", @default, "any text", roles, doc, Accept(set)) { Alias = alias };

    /// <summary>Text that no message shows.</summary>
    public static Setting Secret(
        string name, NodeRole roles, string doc, Func<ServerSettings, string, ServerSettings> set) =>
        new(name, "secret", "", "text of at most 4096 bytes", roles, doc, (string text, ref ServerSettings settings) =>
        {
            if (System.Text.Encoding.UTF8.GetByteCount(text) > 4096) return false;
            settings = set(settings, text);
            return true;
        })
        { IsSecret = true };

    /// <summary>A whole number.</summary>
    public static Setting Int(
        string name, int @default, int min, int max, NodeRole roles, string doc,
        Func<ServerSettings, int, ServerSettings> set, string? alias = null) =>
        new(name, "number", Invariant(@default), $"{min} to {max}", roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                    || value < min || value > max)
                    return false;
                settings = set(settings, value);
                return true;
            })
        { Alias = alias };

    /// <summary>A number with a fraction.</summary>
    public static Setting Number(
        string name, double @default, double min, double max, NodeRole roles, string doc,
        Func<ServerSettings, double, ServerSettings> set) =>
        new(name, "number", Invariant(@default), $"{Invariant(min)} to {Invariant(max)}", roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    || !(value >= min && value <= max))
                    return false;
                settings = set(settings, value);
                return true;
            });

    /// <summary>Bytes, with a unit.</summary>
    public static Setting Size(
        string name, string @default, long min, long max, NodeRole roles, string doc,
        Func<ServerSettings, long, ServerSettings> set, string? alias = null) =>
        new(name, "size", @default, $"{Quantities.FormatBytes(min)} to {Quantities.FormatBytes(max)}", roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                if (!Quantities.TryParseBytes(text, out var value) || value < min || value > max) return false;
                settings = set(settings, value);
                return true;
            })
        { Alias = alias };

    /// <summary>A time, with a unit.</summary>
    public static Setting Duration(
        string name, string @default, TimeSpan min, TimeSpan max, NodeRole roles, string doc,
        Func<ServerSettings, TimeSpan, ServerSettings> set) =>
        new(name, "duration", @default, $"{Quantities.FormatDuration(min)} to {Quantities.FormatDuration(max)}", roles,
            doc, (string text, ref ServerSettings settings) =>
            {
                if (!Quantities.TryParseDuration(text, out var value) || value < min || value > max) return false;
                settings = set(settings, value);
                return true;
            });

    /// <summary>On or off.</summary>
    public static Setting Switch(
        string name, bool @default, NodeRole roles, string doc, Func<ServerSettings, bool, ServerSettings> set,
        string? alias = null) =>
        new(name, "switch", @default ? "true" : "false", "true or false", roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                if (!bool.TryParse(text, out var value)) return false;
                settings = set(settings, value);
                return true;
            })
        { Alias = alias, IsSwitch = true };

    /// <summary>One of some words.</summary>
    public static Setting Choice(
        string name, string @default, string[] words, NodeRole roles, string doc,
        Func<ServerSettings, string, ServerSettings> set) =>
        new(name, "choice", @default, string.Join(", ", words), roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                var word = Array.Find(words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (word == null) return false;
                settings = set(settings, word);
                return true;
            });

    /// <summary>Where to listen; <c>off</c> where that is allowed.</summary>
    public static Setting Address(
        string name, string @default, NodeRole roles, string doc,
        Func<ServerSettings, ListenAddress?, ServerSettings> set, bool mayBeOff, string? alias = null) =>
        new(name, "address", @default, ListenAddress.Allowed + (mayBeOff ? "; or off" : ""), roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                ListenAddress? address = null;
                var isOff = mayBeOff && text.Equals("off", StringComparison.OrdinalIgnoreCase);
                if (!isOff && !ListenAddress.TryParse(text, out address)) return false;
                settings = set(settings, address);
                return true;
            })
        { Alias = alias };

    /// <summary>Shard ids and ranges.</summary>
    public static Setting ShardList(
        string name, string @default, NodeRole roles, string doc,
        Func<ServerSettings, IReadOnlyList<ushort>, ServerSettings> set, string? alias = null) =>
        new(name, "list", @default, "shard ids from 0 to 4095 and ranges of them, such as 0-3,7", roles, doc,
            (string text, ref ServerSettings settings) =>
            {
                if (!Quantities.TryParseShards(text, out var shards)) return false;
                settings = set(settings, shards);
                return true;
            })
        { Alias = alias };

    private static Apply Accept(Func<ServerSettings, string, ServerSettings> set) =>
        (string text, ref ServerSettings settings) =>
        {
            settings = set(settings, text);
            return true;
        };

    private static string Invariant(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
