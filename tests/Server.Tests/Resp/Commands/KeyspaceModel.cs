using System.Globalization;
using System.Text;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>Keys in a dictionary, and each command in the fewest words: what the server is held against.</summary>
internal sealed class KeyspaceModel
{
    private const string WrongType = "!WRONGTYPE Operation against a key holding the wrong kind of value";
    private const string NotAnInteger = "!ERR value is not an integer or out of range";
    private const string Overflow = "!ERR increment or decrement would overflow";
    private const string HashNotAnInteger = "!ERR hash value is not an integer";

    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>What the server must answer, as <see cref="RespTestClient.Show"/> has it; null: not modelled.</summary>
    public string? Ask(string[] words)
    {
        var found = words.Length > 1 ? _entries.GetValueOrDefault(words[1]) : null;
        return String(words, found) ?? Keys(words, found) ?? Hash(words, found);
    }

    private string? String(string[] words, Entry? found)
    {
        switch (words[0])
        {
            case "mget":
                return List(words[1..].Select(key => Text(_entries.GetValueOrDefault(key)?.Value)));
            case "mset":
                for (var i = 1; i < words.Length; i += 2) _entries[words[i]] = new Entry(words[i + 1]);
                return "\"OK\"";
            case "msetnx":
                if (_entries.ContainsKey(words[1]) || _entries.ContainsKey(words[3])) return "0";
                for (var i = 1; i < words.Length; i += 2) _entries[words[i]] = new Entry(words[i + 1]);
                return "1";
            case "set":
                return Set(words, found);
            case "setnx":
                if (found == null) _entries[words[1]] = new Entry(words[2]);
                return found == null ? "1" : "0";
            case "incr" or "decr" or "incrby" or "decrby":
                return Increment(words, found);
            case "get" or "getset" or "getdel" or "append" or "strlen" or "getrange" or "setrange":
                return found is { Value: null } && !IsEmptyLate(words) ? WrongType : Plain(words, found);
            default:
                return null;
        }
    }

    // SETRANGE looks at its offset before the key.
    private static bool IsEmptyLate(string[] words) => words[0] == "setrange" && words[2][0] == '-';

    private string Plain(string[] words, Entry? found)
    {
        var value = found?.Value;
        switch (words[0])
        {
            case "getset":
                _entries[words[1]] = new Entry(words[2]);
                return Text(value);
            case "getdel":
                _entries.Remove(words[1]);
                return Text(value);
            case "append":
                Put(words[1], found, value + words[2]);
                return Number((value + words[2]).Length);
            case "strlen":
                return Number(value?.Length ?? 0);
            case "getrange":
                return Text(Range(value ?? "", Integer(words[2])!.Value, Integer(words[3])!.Value));
            case "setrange":
                return SetRange(words, found);
            default:
                return Text(value);
        }
    }

    private string SetRange(string[] words, Entry? found)
    {
        var (offset, part, value) = ((int)Integer(words[2])!.Value, words[3], found?.Value ?? "");
        if (offset < 0) return "!ERR offset is out of range";
        if (part.Length == 0) return Number(value.Length);
        var padded = value.PadRight(offset, '\0');
        var whole = padded[..offset] + part;
        if (padded.Length > whole.Length) whole += padded[whole.Length..];
        Put(words[1], found, whole);
        return Number(whole.Length);
    }

    private static string Range(string value, long first, long last)
    {
        if (first < 0 && last < 0 && first > last) return "";
        if (first < 0) first = Math.Max(0, value.Length + first);
        if (last < 0) last = Math.Max(0, value.Length + last);
        return string.Concat(value.Where((_, at) => at >= first && at <= last));
    }

    private string Set(string[] words, Entry? found)
    {
        var options = words[3..].Select(word => word.ToLowerInvariant()).ToList();
        var at = options.IndexOf("exat");
        var gets = options.Contains("get");
        if (gets && found is { Value: null }) return WrongType;
        var refused = (options.Contains("nx") && found != null) || (options.Contains("xx") && found == null);
        if (refused) return gets ? Text(found?.Value) : "nil";
        var kept = options.Contains("keepttl") ? found?.Expires ?? 0 : 0;
        var expires = at >= 0 ? 1_000 * long.Parse(options[at + 1]) : kept;
        _entries[words[1]] = new Entry(words[2]) { Expires = expires };
        return gets ? Text(found?.Value) : "\"OK\"";
    }

    private string Increment(string[] words, Entry? found)
    {
        long? delta = words.Length > 2 ? Integer(words[2]) : 1;
        if (delta == null) return NotAnInteger;
        if (words[0].StartsWith("decr", StringComparison.Ordinal))
        {
            if (delta == long.MinValue) return "!ERR decrement would overflow";
            delta = -delta;
        }

        if (found is { Value: null }) return WrongType;
        if (Integer(found?.Value ?? "0") is not { } number) return NotAnInteger;
        var sum = (Int128)number + delta.Value;
        if (sum != (long)sum) return Overflow;
        Put(words[1], found, sum.ToString());
        return Number((long)sum);
    }

    private string? Keys(string[] words, Entry? found)
    {
        switch (words[0])
        {
            case "del" or "unlink":
                return Number(words[1..].Count(_entries.Remove));
            case "exists" or "touch":
                return Number(words[1..].Count(_entries.ContainsKey));
            case "type":
                return found == null ? "\"none\"" : found.Value != null ? "\"string\"" : "\"hash\"";
            case "rename" or "renamenx" or "copy":
                return Move(words, found);
            case "persist":
                if (found == null || found.Expires == 0) return "0";
                found.Expires = 0;
                return "1";
            case "expiretime":
                return Number(found == null ? -2 : found.Expires == 0 ? -1 : found.Expires / 1000);
            case "pexpiretime":
                return Number(found == null ? -2 : found.Expires == 0 ? -1 : found.Expires);
            case "ttl":
                return "-2";
            case "expireat" or "pexpireat":
                return ExpireAt(words, found);
            default:
                return null;
        }
    }

    private string ExpireAt(string[] words, Entry? found)
    {
        var at = long.Parse(words[2]) * (words[0][0] == 'p' ? 1 : 1_000);
        var rule = words.Length > 3 ? words[3].ToLowerInvariant() : "";
        if (found == null) return "0";
        var old = found.Expires == 0 ? long.MaxValue : found.Expires;
        var allowed = rule switch
        {
            "nx" => found.Expires == 0,
            "xx" => found.Expires != 0,
            "gt" => at > old,
            "lt" => at < old,
            _ => true,
        };
        if (!allowed) return "0";
        found.Expires = at;
        if (at < 2_000_000_000) _entries.Remove(words[1]);
        return "1";
    }

    private string Move(string[] words, Entry? found)
    {
        var copies = words[0] == "copy";
        if (copies && words[1] == words[2]) return "!ERR source and destination objects are the same";
        if (found == null) return copies ? "0" : "!ERR no such key";
        var replaces = words[0] == "rename" || words[^1] == "replace";
        if (!replaces && _entries.ContainsKey(words[2])) return "0";
        if (!copies) _entries.Remove(words[1]);
        _entries[words[2]] = copies ? found.Copy() : found;
        return words[0] == "rename" ? "\"OK\"" : "1";
    }

    private string? Hash(string[] words, Entry? found)
    {
        if (words[0][0] != 'h' || words[0] == "hincrbyfloat") return null;
        long delta = 0;
        if (words[0] == "hincrby")
        {
            if (Integer(words[3]) is not { } number) return NotAnInteger;
            delta = number;
        }

        if (found is { Fields: null }) return WrongType;
        var fields = found?.Fields ?? [];
        return words[0] switch
        {
            "hset" or "hmset" or "hsetnx" => SetFields(words, fields),
            "hget" => Text(fields.GetValueOrDefault(words[2])),
            "hmget" => List(words[2..].Select(name => Text(fields.GetValueOrDefault(name)))),
            "hgetall" => List(fields.OrderBy(field => field.Key, StringComparer.Ordinal)
                .SelectMany(field => new[] { Text(field.Key), Text(field.Value) })),
            "hkeys" or "hrandfield" => List(fields.Keys.Order(StringComparer.Ordinal).Select(Text)),
            "hvals" => List(fields.Values.Order(StringComparer.Ordinal).Select(Text)),
            "hdel" => DropFields(words, fields),
            "hexists" => fields.ContainsKey(words[2]) ? "1" : "0",
            "hlen" => Number(fields.Count),
            "hstrlen" => Number(fields.GetValueOrDefault(words[2])?.Length ?? 0),
            _ => IncrementField(words, fields, delta),
        };
    }

    private string SetFields(string[] words, Dictionary<string, string> fields)
    {
        var before = fields.Count;
        if (words[0] == "hsetnx" && fields.ContainsKey(words[2])) return "0";
        for (var i = 2; i < words.Length; i += 2) fields[words[i]] = words[i + 1];
        _entries.TryAdd(words[1], new Entry(null) { Fields = fields });
        return words[0] == "hmset" ? "\"OK\"" : Number(fields.Count - before);
    }

    private string DropFields(string[] words, Dictionary<string, string> fields)
    {
        var dropped = words[2..].Count(fields.Remove);
        if (fields.Count == 0) _entries.Remove(words[1]);
        return Number(dropped);
    }

    private string IncrementField(string[] words, Dictionary<string, string> fields, long delta)
    {
        if (Integer(fields.GetValueOrDefault(words[2]) ?? "0") is not { } number) return HashNotAnInteger;
        var sum = (Int128)number + delta;
        if (sum != (long)sum) return Overflow;
        SetFields(["hset", words[1], words[2], sum.ToString()], fields);
        return Number((long)sum);
    }

    private void Put(string key, Entry? old, string value) =>
        _entries[key] = new Entry(value) { Expires = old?.Expires ?? 0 };

    private static long? Integer(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == text ? number : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(string? value) => RespTestClient.Show(value);

    private static string List(IEnumerable<string> items) =>
        new StringBuilder("[").AppendJoin(", ", items).Append(']').ToString();

    private sealed record Entry(string? Value)
    {
        public long Expires { get; set; }

        public Dictionary<string, string>? Fields { get; init; }

        public Entry Copy() => this with { Fields = Fields == null ? null : new Dictionary<string, string>(Fields) };
    }
}
