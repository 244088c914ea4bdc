using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// <c>cluster.json</c> in the data directory of <c>serve</c>: how many shards and replicas its documents were laid out
/// for. Another number of shards would look for a document in the wrong shard, so the start is refused until resharding
/// exists.
/// </summary>
internal static partial class ClusterShapeFile
{
    private const int Version = 1;
    private const string FileName = "cluster.json";

    /// <summary>Checks the file, or writes it into a directory that is new.</summary>
    /// <exception cref="StartException">It says otherwise, or it can't be read or written.</exception>
    public static void CheckOrWrite(string directory, int shards, int replicas)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            Directory.CreateDirectory(directory);
            if (File.Exists(path)) Check(path, shards, replicas);
            else Write(path, new Shape(Version, shards, replicas));
        }
        catch (JsonException e)
        {
            throw new StartException($"{path} is not readable as JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"leaf.data is '{directory}', which can't be used: {e.Message} It must be a directory that this user "
                + "may read and write.", e);
        }
    }

    private static void Check(string path, int shards, int replicas)
    {
        var shape = JsonSerializer.Deserialize(File.ReadAllBytes(path), ShapeJson.Default.Shape)
            ?? throw new JsonException("It is null.");
        if (shape.Version != Version)
            throw new StartException(
                $"{path} is of version {shape.Version}; this program reads {Version}. Use the one that wrote it.");
        if (shape.Shards != shards)
            throw new StartException(
                $"cluster.shards is {shards}, but {path} was laid out for {shape.Shards}. Start with --shards "
                + $"{shape.Shards}, or export, and import into a new directory.");
        if (shape.Replicas != replicas)
            throw new StartException(
                $"cluster.replicas is {replicas}, but {path} was laid out for {shape.Replicas}. Start with --replicas "
                + $"{shape.Replicas}, or export, and import into a new directory.");
    }

    // Written beside and renamed, so that a crash leaves the old state or the new one.
    private static void Write(string path, Shape shape)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, shape, ShapeJson.Default.Shape);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private sealed record Shape(int Version, int Shards, int Replicas);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
    [JsonSerializable(typeof(Shape))]
    private sealed partial class ShapeJson : JsonSerializerContext;
}
