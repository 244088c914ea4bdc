using System.Globalization;

namespace Hedgerow.LoadGen.Workload;

/// <summary>Sizes of the values written: one size, a range evenly, or a list evenly.</summary>
internal sealed class ValueSizes
{
    public const string Allowed =
        "a size in bytes (100), a range (16-4096), or a list (64,256,1024); 0 to 16777216 each";

    public const int BytesMax = 16 << 20;
    private readonly int[] _sizes;
    private readonly bool _isRange;

    private ValueSizes(int[] sizes, bool isRange)
    {
        _sizes = sizes;
        _isRange = isRange;
    }

    public int Largest => _sizes.Max();

    public static bool TryParse(string text, out ValueSizes? sizes)
    {
        var isRange = text.Contains('-', StringComparison.Ordinal);
        var numbers = text.Split(isRange ? '-' : ',').Select(Bytes).ToArray();
        var good = numbers.All(n => n is not null) && (!isRange || (numbers.Length == 2 && numbers[0] <= numbers[1]));
        sizes = good ? new ValueSizes([.. numbers.Select(n => n!.Value)], isRange) : null;
        return good;
    }

    public int Next(Random random) =>
        _isRange ? random.Next(_sizes[0], _sizes[1] + 1) : _sizes[random.Next(_sizes.Length)];

    private static int? Bytes(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= BytesMax ? n : null;
}
