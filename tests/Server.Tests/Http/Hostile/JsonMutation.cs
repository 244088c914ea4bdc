using System.Text;
using System.Text.Json;

namespace Hedgerow.Server.Tests.Http.Hostile;

/// <summary>Spoils JSON texts: members dropped, renamed, doubled; values of another type, at the extremes, too deep.
/// </summary>
internal static class JsonMutation
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
        "9223372036854775808", "1e38", "3.5e38", "1e308", "-1e308", "1e999", "-1e999", "1e-320", "0.5", "\"\"", "\"x\"",
        "\"1e999\"", "\"NaN\"", "\"-1\"", "[]", "{}", "[null]", "[[]]", "[{}]", "[1e999]", "{\"\":{}}", "{\"x\":1}",
        "\"\\ud800\"", "\"\\udc00x\"", "\"a\\ud83d\\ude00b\"", "{\"\\ud800\":1}", "\"\\u0000\"", "\"*\"", "\"(\"",
        "\"now-1d/d\"", "\"_none_\"", "\"AUTO\"", "\"99999999999999999999\"", "\"2024-13-45\"", "[\"a\",null]",
        "[\"\\udfff\"]", "[1,\"a\",{}]", "{\"match_all\":{}}", "{\"terms\":{\"field\":\"id\"}}",
    ];

    /// <summary>A text with some things wrong, or one that is right by chance.</summary>
    public static byte[] Spoiled(Random random, byte[] json)
    {
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var pieces = Pieces(json);
            if (pieces.Count == 0) return json;
            var piece = pieces[random.Next(pieces.Count)];
            json = piece.NameStart < 0 || random.Next(3) == 0
                ? Replace(json, piece.ValueStart, piece.ValueEnd, Value(random, json, piece))
                : Changed(random, json, piece);
        }

        return random.Next(12) == 0 ? json[..random.Next(json.Length)] : json;
    }

    private static byte[] Changed(Random random, byte[] json, Piece piece) => random.Next(3) switch
    {
        0 => Replace(json, piece.NameEnd - 1, piece.NameEnd, "x\""),
        1 => Replace(json, piece.ValueEnd, piece.ValueEnd, "," + Text(json, piece.NameStart, piece.ValueEnd)),
        _ => Dropped(json, piece),
    };

    private static string Value(Random random, byte[] json, Piece piece)
    {
        var own = Text(json, piece.ValueStart, piece.ValueEnd);
        return random.Next(24) switch
        {
            0 => new string('[', 300) + new string(']', 300),
            1 => string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 100),
            2 => Nested(random.Next(28, 40)),
            3 => "\"" + new string('x', 20_000) + "\"",
            4 => $"[{own}]",
            5 => $"[{own},{own}]",
            6 => "[" + string.Join(',', Enumerable.Range(0, 3_000)) + "]",
            _ => Values[random.Next(Values.Length)],
        };
    }

    /// <summary>A query so deep.</summary>
    public static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"bool\":{\"must\":", depth - 1)) + "{\"match_all\":{}}"
        + string.Concat(Enumerable.Repeat("}}", depth - 1));

    private static byte[] Dropped(byte[] json, Piece piece)
    {
        var (from, to) = (piece.NameStart, piece.ValueEnd);
        while (to < json.Length && char.IsWhiteSpace((char)json[to])) to++;
        if (to < json.Length && json[to] == ',') return Replace(json, from, to + 1, "");
        while (from > 0 && char.IsWhiteSpace((char)json[from - 1])) from--;
        return Replace(json, from > 0 && json[from - 1] == ',' ? from - 1 : from, piece.ValueEnd, "");
    }

    private static byte[] Replace(byte[] json, int from, int to, string by) =>
        [.. json.AsSpan(0, from), .. Encoding.UTF8.GetBytes(by), .. json.AsSpan(to)];

    private static string Text(byte[] json, int from, int to) => Encoding.UTF8.GetString(json.AsSpan(from..to));

    /// <summary>All values of a text, and the names of those that are members; none where it is no JSON.</summary>
    private static List<Piece> Pieces(byte[] json)
    {
        var pieces = new List<Piece>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1_000 });
        try
        {
            if (reader.Read()) Collect(ref reader, pieces, -1, -1);
        }
        catch (JsonException)
        {
            // What was spoiled before; there is what came until then.
        }

        return pieces;
    }

    private static void Collect(ref Utf8JsonReader reader, List<Piece> pieces, int nameStart, int nameEnd)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) Collect(ref reader, pieces, -1, -1);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = (int)reader.TokenStartIndex;
                var end = name + reader.ValueSpan.Length + 2;
                reader.Read();
                Collect(ref reader, pieces, name, end);
            }
        }

        pieces.Add(new Piece(nameStart, nameEnd, start, (int)reader.BytesConsumed));
    }

    private readonly record struct Piece(int NameStart, int NameEnd, int ValueStart, int ValueEnd);
}
