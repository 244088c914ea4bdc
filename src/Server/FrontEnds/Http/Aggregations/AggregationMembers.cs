using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Members of aggregations that are no plain texts.</summary>
internal static class AggregationMembers
{
    /// <summary>A number; null where the member is missing.</summary>
    public static double? Number(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
            return number;
        throw QueryJson.Bad($"{members.Where}.{name} is {value.GetRawText()}; it must be a number.");
    }

    /// <summary>A whole number; null where the member is missing.</summary>
    public static long? Whole(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)) return number;
        throw QueryJson.Bad($"{members.Where}.{name} is {value.GetRawText()}; it must be a whole number.");
    }

    /// <summary>A whole number from 0; null where the member is missing.</summary>
    public static int? Size(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0) return number;
        throw QueryJson.Bad($"{members.Where}.{name} is {value.GetRawText()}; it must be a whole number from 0.");
    }

    /// <summary>A list of numbers; null where the member is missing.</summary>
    public static double[]? Numbers(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var list)) return null;
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= AggregationLimits.RowsMax
            && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number))
        {
            return [.. list.EnumerateArray().Select(item => item.GetDouble())];
        }

        throw QueryJson.Bad(
            $"{members.Where}.{name} must be a list of numbers, at most {AggregationLimits.RowsMax} of them.");
    }

    /// <summary>A text, number or truth value as text; null where the member is missing.</summary>
    public static string? TextOrNull(this in QueryMembers members, string name) =>
        members.TryGet(name, out _) ? members.Text(name) : null;

    /// <summary>Terms that count: a pattern or a list; null where the member is missing.</summary>
    public static TermChoice? Terms(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Array
            ? new TermChoice(null, members.Texts(name))
            : new TermChoice(members.Text(name), []);
    }

    /// <summary>
    /// An order of buckets: <c>{"_count":"asc"}</c>, a list of such, or <c>"desc"</c> for the key; empty where it is
    /// missing.
    /// </summary>
    public static IReadOnlyList<BucketOrder> Order(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return [];
        var where = $"{members.Where}.{name}";
        if (value.ValueKind != JsonValueKind.Array) return [Key(value, where)];
        return value.GetArrayLength() <= BucketOrder.KeysMax
            ? [.. value.EnumerateArray().Select(key => Key(key, where))]
            : throw QueryJson.Bad(
                $"{where} has {value.GetArrayLength()} keys; at most {BucketOrder.KeysMax} are allowed.");
    }

    /// <summary>A list of ranges.</summary>
    public static List<T> Ranges<T>(this in QueryMembers members, string name, Func<QueryMembers, T> read)
    {
        var where = $"{members.Where}.{name}";
        if (!members.TryGet(name, out var rows) || rows.ValueKind != JsonValueKind.Array
            || rows.GetArrayLength() is 0 or > AggregationLimits.RowsMax)
        {
            throw QueryJson.Bad(
                $"{where} must be a list of 1 to {AggregationLimits.RowsMax} objects with from, to and key.");
        }

        var ranges = new List<T>();
        foreach (var row in rows.EnumerateArray())
            ranges.Add(read(new QueryMembers(row, $"{where}[{ranges.Count}]", "key", "from", "to")));
        return ranges;
    }

    /// <summary>An instant: Unix milliseconds or RFC 3339; null where the member is missing.</summary>
    public static long? Instant(this in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)) return number;
        if (value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(
            value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return date.ToUnixTimeMilliseconds();
        }

        throw QueryJson.Bad($"{members.Where}.{name} is {value.GetRawText()}; it must be a date such as 2024-05-31, or "
            + "milliseconds since 1970.");
    }

    /// <summary>Bounds of a histogram.</summary>
    public static BucketBounds? Bounds(this in QueryMembers members, string name, bool areDates)
    {
        if (!members.TryGet(name, out var value)) return null;
        var inner = new QueryMembers(value, $"{members.Where}.{name}", "min", "max");
        var min = areDates ? inner.Instant("min") : inner.Number("min");
        var max = areDates ? inner.Instant("max") : inner.Number("max");
        return min is null || max is null
            ? throw QueryJson.Bad($"{inner.Where} needs min and max.")
            : new BucketBounds(min.Value, max.Value);
    }

    private static BucketOrder Key(JsonElement json, string where)
    {
        var (path, direction) = json.ValueKind == JsonValueKind.String
            ? (BucketOrder.Key, json)
            : QueryJson.Single(json, where, "what to order by");
        // bucket_sort has the direction within an object.
        if (direction.ValueKind == JsonValueKind.Object)
        {
            var inner = new QueryMembers(direction, where, "order");
            return new BucketOrder(path, inner.Choice("order", "asc", "desc") == "desc");
        }

        return direction.ValueKind == JsonValueKind.String && direction.GetString() is "asc" or "desc"
            ? new BucketOrder(path, direction.GetString() == "desc")
            : throw QueryJson.Bad($"{where} is {json.GetRawText()}; a direction is asc or desc.");
    }
}
