using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>Writes the one JSON object that a verb's --json prints, on one line.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The reader is a program behind a pipe, not a browser: letters stay letters.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(CliConsole console, Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(console.Output, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        console.Output.WriteByte((byte)'\n');
        console.Output.Flush();
    }
}
