using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>How many edits a word may be away: a number, or by the word's length.</summary>
/// <param name="Edits">0 to <see cref="FuzzyQuery.EditsMax"/>, or <see cref="FuzzyQuery.AutoEdits"/>.</param>
/// <param name="OneFrom">Characters from which on one edit is allowed, if it goes by the length.</param>
/// <param name="TwoFrom">Characters from which on two are; not below <paramref name="OneFrom"/>.</param>
public readonly record struct Fuzziness(int Edits, int OneFrom = 3, int TwoFrom = 6)
{
    /// <summary>What <see cref="TryParse"/> takes, for messages.</summary>
    public const string Allowed = "0, 1, 2, AUTO and AUTO:3,6";

    /// <summary>None up to 2 characters, one up to 5, two beyond.</summary>
    public static Fuzziness Auto { get; } = new(FuzzyQuery.AutoEdits);

    /// <summary>Whether it is one that <see cref="TryParse"/> gives.</summary>
    public bool IsValid => Edits is >= FuzzyQuery.AutoEdits and <= FuzzyQuery.EditsMax
        && OneFrom >= 0 && TwoFrom >= OneFrom;

    /// <summary>Edits that a word of so many characters may be away.</summary>
    public int EditsOf(int characters)
    {
        if (Edits != FuzzyQuery.AutoEdits) return Edits;
        if (characters < OneFrom) return 0;
        return characters < TwoFrom ? 1 : FuzzyQuery.EditsMax;
    }

    /// <summary>Reads the notation of OpenSearch: <see cref="Allowed"/>.</summary>
    public static bool TryParse(string text, out Fuzziness fuzziness)
    {
        fuzziness = Auto;
        if (text.Equals("AUTO", StringComparison.OrdinalIgnoreCase)) return true;
        if (text.StartsWith("AUTO:", StringComparison.OrdinalIgnoreCase))
        {
            var bounds = text["AUTO:".Length..].Split(',');
            if (bounds.Length != 2 || !TryRead(bounds[0], out var one) || !TryRead(bounds[1], out var two))
                return false;
            fuzziness = new Fuzziness(FuzzyQuery.AutoEdits, one, two);
            return fuzziness.IsValid;
        }

        if (!TryRead(text, out var edits)) return false;
        fuzziness = new Fuzziness(edits);
        return fuzziness.IsValid;
    }

    /// <summary>The notation.</summary>
    public override string ToString() => Edits == FuzzyQuery.AutoEdits
        ? string.Create(CultureInfo.InvariantCulture, $"AUTO:{OneFrom},{TwoFrom}")
        : Edits.ToString(CultureInfo.InvariantCulture);

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
