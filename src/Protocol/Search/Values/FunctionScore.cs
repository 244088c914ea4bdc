namespace Hedgerow.Protocol;

/// <summary>How the values of several functions become one factor. The values are wire bytes.</summary>
public enum FunctionsMode : byte
{
    /// <summary>Their product.</summary>
    Multiply = 0,

    /// <summary>Their sum.</summary>
    Sum = 1,

    /// <summary>Their sum divided by the sum of their weights.</summary>
    Average = 2,

    /// <summary>The first whose filter matches.</summary>
    First = 3,

    /// <summary>The highest.</summary>
    Max = 4,

    /// <summary>The lowest.</summary>
    Min = 5,
}

/// <summary>How the query's score and the functions' factor become one score. The values are wire bytes.</summary>
public enum BoostMode : byte
{
    /// <summary>Their product.</summary>
    Multiply = 0,

    /// <summary>The factor alone.</summary>
    Replace = 1,

    /// <summary>Their sum.</summary>
    Sum = 2,

    /// <summary>Half their sum.</summary>
    Average = 3,

    /// <summary>The higher.</summary>
    Max = 4,

    /// <summary>The lower.</summary>
    Min = 5,
}

/// <summary>
/// What a query matches, with scores that functions change. Functions whose filter does not match do not count; where
/// none counts the factor is 1. A factor or score below 0, or that is no number, is 0. The boost is the query's.
/// </summary>
/// <param name="Query">What to match, and the score to begin with.</param>
/// <param name="Functions">At most 64.</param>
public sealed record FunctionScoreQuery(QueryNode Query, IReadOnlyList<ScoreFunction> Functions) : QueryNode
{
    /// <summary>Most functions of one query: 64.</summary>
    public const int FunctionsMax = 64;

    /// <summary>How the functions' values become one factor.</summary>
    public FunctionsMode ScoreMode { get; init; }

    /// <summary>How the factor and the query's score become one.</summary>
    public BoostMode BoostMode { get; init; }

    /// <summary>The factor is at most so much; null sets no bound.</summary>
    public double? MaxBoost { get; init; }

    /// <summary>Documents that score less do not match; null takes all.</summary>
    public double? MinScore { get; init; }

    /// <inheritdoc/>
    public override bool MatchesByStatistics => MinScore is not null || base.MatchesByStatistics;

    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() =>
        [Query, .. Functions.Select(function => function.Filter).OfType<QueryNode>()];

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, 1 + Functions.Count(function => function.Filter is not null), this);
        var functions = new ScoreFunction[Functions.Count];
        for (int i = 0, next = 1; i < functions.Length; i++)
            functions[i] = Functions[i].Filter is null ? Functions[i] : Functions[i] with { Filter = children[next++] };
        return this with { Query = children[0], Functions = functions };
    }
}

/// <summary>One function of a <see cref="FunctionScoreQuery"/>. Immutable.</summary>
public abstract record ScoreFunction
{
    private protected ScoreFunction()
    {
    }

    /// <summary>For which documents it counts; null for all.</summary>
    public QueryNode? Filter { get; init; }

    /// <summary>Factor on its value; 0 or more.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Its weight.</summary>
public sealed record WeightFunction : ScoreFunction;

/// <summary>What <see cref="FieldValueFunction"/> makes of factor times value. The values are wire bytes.</summary>
public enum ValueModifier : byte
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>The decimal logarithm.</summary>
    Log = 1,

    /// <summary>The same of one more.</summary>
    Log1p = 2,

    /// <summary>The same of two more.</summary>
    Log2p = 3,

    /// <summary>The natural logarithm.</summary>
    Ln = 4,

    /// <summary>The same of one more.</summary>
    Ln1p = 5,

    /// <summary>The same of two more.</summary>
    Ln2p = 6,

    /// <summary>Its square.</summary>
    Square = 7,

    /// <summary>Its square root.</summary>
    Sqrt = 8,

    /// <summary>One divided by it.</summary>
    Reciprocal = 9,
}

/// <summary>A value of the document, the lowest of several.</summary>
/// <param name="Field">A number, integer, date or boolean field.</param>
/// <param name="Factor">Factor on the value, before the modifier.</param>
/// <param name="Modifier">What becomes of it.</param>
/// <param name="Missing">Value of a document without one; null lets the function not count for it.</param>
public sealed record FieldValueFunction(string Field, double Factor, ValueModifier Modifier, double? Missing)
    : ScoreFunction;

/// <summary>How <see cref="DecayFunction"/> falls. The values are wire bytes.</summary>
public enum DecayShape : byte
{
    /// <summary>As a bell curve.</summary>
    Gauss = 0,

    /// <summary>Exponentially.</summary>
    Exponential = 1,

    /// <summary>In a straight line down to 0.</summary>
    Linear = 2,
}

/// <summary>
/// 1 at an origin, falling with the distance from it; 1 for documents without a value.
/// </summary>
/// <param name="Shape">How it falls.</param>
/// <param name="Field">A number, integer, date or geo point field.</param>
/// <param name="Origin">In the field's notation; empty means now, for dates.</param>
/// <param name="Scale">Distance behind the offset at which it has fallen to <paramref name="Decay"/>; above 0.</param>
/// <param name="Offset">Distance up to which it is 1; empty means 0.</param>
/// <param name="Decay">Above 0 and below 1.</param>
/// <param name="Mode">What several distances of one document count as; lowest unless told.</param>
public sealed record DecayFunction(
    DecayShape Shape, string Field, string Origin, string Scale, string Offset, double Decay = 0.5,
    ValueMode Mode = ValueMode.Min) : ScoreFunction;

/// <summary>
/// A number from 0 to below 1 that depends on the seed and the document's path alone, so that it is the same on any
/// shard.
/// </summary>
/// <param name="Seed">Null takes another with every search.</param>
public sealed record RandomFunction(long? Seed) : ScoreFunction;
