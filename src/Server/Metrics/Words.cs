using System.Collections.Frozen;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Metrics;

/// <summary>Opcodes and statuses as the words of labels and error codes: <c>bad_query</c>.</summary>
internal static class Words
{
    private static readonly FrozenDictionary<Opcode, string> Opcodes =
        Enum.GetValues<Opcode>().ToFrozenDictionary(o => o, o => Snake(o.ToString()));

    private static readonly FrozenDictionary<StatusCode, string> Statuses =
        Enum.GetValues<StatusCode>().ToFrozenDictionary(s => s, s => Snake(s.ToString()));

    private static readonly string[] HttpClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    /// <summary>An opcode, such as <c>get_many</c>.</summary>
    public static string Of(Opcode opcode) => Opcodes.GetValueOrDefault(opcode, "unknown");

    /// <summary>A status, such as <c>not_found</c>.</summary>
    public static string Of(StatusCode status) => Statuses.GetValueOrDefault(status, "unknown");

    /// <summary>The class of an HTTP status, such as <c>2xx</c>.</summary>
    public static string OfHttp(int status) =>
        status is >= 100 and <= 599 ? HttpClasses[(status / 100) - 1] : "unknown";

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
