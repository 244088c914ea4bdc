namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>An expression of APPLY or FILTER: computed from one row, without side effects. Immutable.</summary>
internal abstract record Expression
{
    /// <summary>Its value for a row.</summary>
    public abstract Cell Of(Row row);
}

/// <summary>A number or a text as it is written.</summary>
internal sealed record ConstantExpression(Cell Value) : Expression
{
    /// <inheritdoc/>
    public override Cell Of(Row row) => Value;
}

/// <summary><c>@name</c>.</summary>
internal sealed record PropertyExpression(string Name) : Expression
{
    /// <inheritdoc/>
    public override Cell Of(Row row) => row.Get(Name);
}

/// <summary><c>!a</c>.</summary>
internal sealed record NotExpression(Expression Inner) : Expression
{
    /// <inheritdoc/>
    public override Cell Of(Row row) => Cell.Of(!Inner.Of(row).IsTrue);
}

/// <summary>Two values and a sign between them.</summary>
internal sealed record BinaryExpression(string Sign, Expression Left, Expression Right) : Expression
{
    /// <inheritdoc/>
    public override Cell Of(Row row)
    {
        if (Sign == "&&") return Cell.Of(Left.Of(row).IsTrue && Right.Of(row).IsTrue);
        if (Sign == "||") return Cell.Of(Left.Of(row).IsTrue || Right.Of(row).IsTrue);
        var (left, right) = (Left.Of(row), Right.Of(row));
        return Sign switch
        {
            "==" => Cell.Of(!left.IsNone && !right.IsNone && left.CompareTo(right) == 0),
            "!=" => Cell.Of(left.IsNone || right.IsNone || left.CompareTo(right) != 0),
            "<" or "<=" or ">" or ">=" => Cell.Of(Compares(left, right)),
            _ => Cell.Of(Arithmetic(left.AsNumber(), right.AsNumber())),
        };
    }

    private bool Compares(in Cell left, in Cell right)
    {
        if (left.IsNone || right.IsNone) return false;
        var order = left.CompareTo(right);
        return Sign switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private double Arithmetic(double left, double right) => Sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => Math.Truncate(right) == 0 ? double.NaN : Math.Truncate(left) % Math.Truncate(right),
        _ => Math.Pow(left, right),
    };
}

/// <summary>A function of some values.</summary>
internal sealed record CallExpression(ExpressionFunction Function, IReadOnlyList<Expression> Arguments) : Expression
{
    /// <inheritdoc/>
    public override Cell Of(Row row)
    {
        var values = new Cell[Arguments.Count];
        for (var i = 0; i < values.Length; i++) values[i] = Arguments[i].Of(row);
        return Function.Compute(values);
    }
}
