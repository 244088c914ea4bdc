using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Values;

/// <summary>
/// Documents with a place, a code, a count of visits and some words, made from a seed: two thirds of the places lie
/// around 200 towns, words are as skewed as those of a language.
/// </summary>
internal sealed class ValueCorpus
{
    private const int Towns = 200;
    private const int Words = 3_000;

    private readonly Random _random = new(20_24);
    private readonly GeoPoint[] _towns;

    public ValueCorpus(int documents)
    {
        _towns = [.. Enumerable.Range(0, Towns).Select(_ => Anywhere())];
        Rows = new ValueRow[documents];
        for (var i = 0; i < documents; i++)
        {
            var words = string.Join(' ', Enumerable.Range(0, _random.Next(5, 16)).Select(_ => Word()));
            Rows[i] = new ValueRow(
                _random.Next(3) == 0 ? Anywhere() : Near(_towns[_random.Next(Towns)]), Code(), _random.Next(10_000),
                words);
        }
    }

    public ValueRow[] Rows { get; }

    public GeoPoint Town(int number) => _towns[number % Towns];

    /// <summary>Different codes, as many of which are no document's as are.</summary>
    public string[] Codes(int count) => [.. Enumerable.Range(0, count).Select(_ => Code())];

    /// <summary>One of some frequent words.</summary>
    public static string Frequent(int number) => "w" + (3 + (number % 40)).ToString(CultureInfo.InvariantCulture);

    private string Code() => "c" + _random.Next(400_000).ToString("D6", CultureInfo.InvariantCulture);

    private string Word() =>
        "w" + ((int)(Words * Math.Pow(_random.NextDouble(), 3))).ToString(CultureInfo.InvariantCulture);

    private GeoPoint Anywhere() =>
        new(Math.Asin((_random.NextDouble() * 1.8) - 0.9) * 180 / Math.PI, (_random.NextDouble() * 359) - 179.5);

    private GeoPoint Near(GeoPoint town) => new GeoPoint(
        town.Latitude + (Normal() * 0.2), town.Longitude + (Normal() * 0.3)).Coerced();

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}

/// <summary>One document.</summary>
internal sealed record ValueRow(GeoPoint Place, string Code, int Visits, string Words);
