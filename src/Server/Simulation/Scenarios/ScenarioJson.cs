using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>The JSON of scenarios, generated at build time. An unknown member is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(Scenario))]
internal sealed partial class ScenarioJson : JsonSerializerContext
{
    /// <summary>For one file: distributions may name others beside it.</summary>
    public static JsonSerializerOptions OptionsFor(string directory) => new(Default.Options)
    {
        TypeInfoResolver = Default,
        Converters =
        {
            new DistributionConverter(directory),
            new ScenarioTimes(),
            new WordConverter<QueueOrder>(),
            new WordConverter<StallScope>(),
            new WordConverter<FaultKind>(),
            new WordConverter<LoadOperation>(),
            new WordConverter<ArrivalKind>(),
        },
    };
}
