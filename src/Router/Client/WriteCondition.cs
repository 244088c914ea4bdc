using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What has to be stored for a write to happen. Default: no matter what.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Version">The version that has to be stored, for <see cref="WriteConditionKind.Version"/>.</param>
public readonly record struct WriteCondition(WriteConditionKind Kind, ulong Version)
{
    /// <summary>Only where nothing is stored.</summary>
    public static WriteCondition OnlyIfAbsent => new(WriteConditionKind.Absent, 0);

    /// <summary>Only where something is stored.</summary>
    public static WriteCondition OnlyIfPresent => new(WriteConditionKind.Present, 0);

    /// <summary>Only where this version is stored.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is 0, which nothing has.</exception>
    public static WriteCondition OnlyIfVersion(ulong version)
    {
        ArgumentOutOfRangeException.ThrowIfZero(version);
        return new WriteCondition(WriteConditionKind.Version, version);
    }

    /// <summary>Why a write on this condition did not happen, in words.</summary>
    /// <param name="path">Of the write.</param>
    /// <param name="result">What did not succeed.</param>
    /// <returns>The status to report: VersionMismatch where the path is not stored but has to be.</returns>
    public (StatusCode Status, string Message) Refusal(string path, in WriteResult result) => result.Status switch
    {
        StatusCode.NotFound when Kind != WriteConditionKind.None =>
            (StatusCode.VersionMismatch, $"'{path}' is not stored, and the write wants {Wanted}."),
        StatusCode.NotFound => (StatusCode.NotFound, $"No entry has the path '{path}'."),
        StatusCode.Exists => (StatusCode.Exists, $"'{path}' is stored already, in version {result.Version}."),
        StatusCode.VersionMismatch =>
            (StatusCode.VersionMismatch, $"'{path}' is stored in version {result.Version}, not in {Version}."),
        _ => (result.Status, $"'{path}' was not written: {result.Status}."),
    };

    private string Wanted => Kind == WriteConditionKind.Version ? $"version {Version} to be" : "it to be";
}

/// <summary>The kinds of <see cref="WriteCondition"/>.</summary>
public enum WriteConditionKind
{
    /// <summary>Always.</summary>
    None,

    /// <summary>Where nothing is stored.</summary>
    Absent,

    /// <summary>Where something is stored.</summary>
    Present,

    /// <summary>Where this version is stored.</summary>
    Version,
}
