using System.Globalization;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Microsoft.Net.Http.Headers;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>What an entry has beside its value, as HTTP headers.</summary>
internal static class EntryHeaders
{
    /// <summary>Time to live: sent with a PUT, given back as what is left with a GET.</summary>
    public const string TimeToLive = "Hedgerow-TTL";

    /// <summary>The entry's 32 bits of flags.</summary>
    public const string Flags = "Hedgerow-Flags";

    /// <summary>A version as an entity tag.</summary>
    public static string ETag(ulong version) => $"\"{version}\"";

    /// <summary>The headers of an entry that was read.</summary>
    public static void Write(IHeaderDictionary headers, in EntryResult entry, TimeProvider time)
    {
        headers.ETag = ETag(entry.Version);
        headers.XContentTypeOptions = "nosniff";
        if (entry.Age > TimeSpan.Zero) headers.Age = $"{(long)Math.Ceiling(entry.Age.TotalSeconds)}";
        if (entry.EntryFlags != 0) headers[Flags] = entry.EntryFlags.ToString(CultureInfo.InvariantCulture);
        if (entry.ExpiresAt is not { } expiresAt) return;
        var left = expiresAt - time.GetUtcNow();
        if (left < TimeSpan.Zero) left = TimeSpan.Zero;
        headers[TimeToLive] = $"{Math.Ceiling(left.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s";
        headers.CacheControl = $"max-age={(long)left.TotalSeconds}";
    }

    /// <summary>Time to live and flags of a PUT.</summary>
    /// <exception cref="ApiException">One does not parse.</exception>
    public static WriteOptions ReadOptions(HttpRequest request) => new(ReadTimeToLive(request), ReadFlags(request));

    /// <summary>The version that a GET must at least see (<c>?minVersion=</c>); 0 for any.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public static ulong ReadVersionMin(HttpRequest request)
    {
        var text = request.Query["minVersion"].ToString();
        if (text.Length == 0) return 0;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw ApiException.BadRequest(
                $"minVersion is '{text}'; it must be a version, as the ETag of an earlier answer has it.");
    }

    /// <summary>The condition of a PUT or DELETE.</summary>
    /// <exception cref="ApiException">It does not parse, or there are two.</exception>
    public static WriteCondition ReadCondition(HttpRequest request)
    {
        var match = request.Headers.IfMatch.ToString();
        var noneMatch = request.Headers.IfNoneMatch.ToString();
        if (match.Length > 0 && noneMatch.Length > 0)
            throw ApiException.BadRequest("If-Match and If-None-Match were both sent; at most one is allowed.");
        if (noneMatch.Length > 0)
        {
            if (noneMatch != "*")
                throw ApiException.BadRequest($"If-None-Match is '{noneMatch}'; a write takes * only.");
            return WriteCondition.OnlyIfAbsent;
        }

        if (match.Length == 0) return default;
        if (match == "*") return WriteCondition.OnlyIfPresent;
        return TryReadETag(match, out var version) && version > 0
            ? new WriteCondition(WriteConditionKind.Version, version)
            : throw ApiException.BadRequest(
                $"If-Match is {match}; it must be * or the ETag of an earlier answer, such as \"115694853120000\".");
    }

    /// <summary>Whether If-None-Match of a GET names this version.</summary>
    public static bool Matches(HttpRequest request, ulong version)
    {
        foreach (var value in request.Headers.IfNoneMatch)
        {
            foreach (var tag in (value ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (tag == "*") return true;
                var strong = tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
                if (TryReadETag(strong, out var named) && named == version) return true;
            }
        }

        return false;
    }

    private static bool TryReadETag(string tag, out ulong version)
    {
        version = 0;
        return tag.Length > 2 && tag[0] == '"' && tag[^1] == '"' && ulong.TryParse(
            tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    private static TimeSpan? ReadTimeToLive(HttpRequest request)
    {
        var text = request.Headers[TimeToLive].ToString();
        if (text.Length > 0)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)) text += "s";
            return Quantities.TryParseDuration(text, out var timeToLive) && timeToLive > TimeSpan.Zero
                ? timeToLive
                : throw ApiException.BadRequest(
                    $"{TimeToLive} is '{text}'; it must be a time above 0, such as 60s, 200ms or 1h.");
        }

        if (!CacheControlHeaderValue.TryParse(request.Headers.CacheControl.ToString(), out var control)) return null;
        return control.MaxAge is { Ticks: > 0 } maxAge ? maxAge : null;
    }

    private static uint ReadFlags(HttpRequest request)
    {
        var text = request.Headers[Flags].ToString();
        if (text.Length == 0) return 0;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var flags)
            ? flags
            : throw ApiException.BadRequest($"{Flags} is '{text}'; it must be a number from 0 to {uint.MaxValue}.");
    }
}
