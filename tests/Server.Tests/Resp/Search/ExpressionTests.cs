using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Search;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Expressions of APPLY and FILTER.</summary>
public sealed class ExpressionTests
{
    [Fact]
    public void A_text_that_is_made_of_texts_grows_to_a_limit_and_so_does_a_list()
    {
        var text = "@t";
        for (var i = 0; i < 25; i++) text = $"format('%s%s', {text}, @t)";
        Assert.True(ExpressionParser.TryParse(text, [], out var expression, out var error), error);
        var row = new Row();
        row.Set("t", Cell.Of(string.Concat(Enumerable.Repeat("a ", 200_000))));
        Assert.Equal(ExpressionFunction.CharactersMax, expression.Of(row).AsText().Length);
        Assert.True(ExpressionParser.TryParse("split(@t, ' ')", [], out var list, out error), error);
        Assert.Equal(ExpressionFunction.ValuesMax, list.Of(row).List!.Count);
    }

    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("2 ^ 10 - 24", "1000")]
    [InlineData("7 % 4 / 2", "1.5")]
    [InlineData("-@n + 1", "-11")]
    [InlineData("10 / 4", "2.5")]
    [InlineData("1/3", "0.333333333333")]
    [InlineData("1/0", "inf")]
    [InlineData("@none + 1", "nan")]
    [InlineData("1.5e3", "1500")]
    [InlineData("@n > 10 && @t == 'Fox'", "1")]
    [InlineData("@n > 20 || !(@t == \"Fox\")", "0")]
    [InlineData("@n == '12'", "1")]
    [InlineData("'b' > 'a'", "1")]
    [InlineData("@none == 1", "0")]
    [InlineData("exists(@none)", "0")]
    [InlineData("case(@n > 5, 'big', 'small')", "big")]
    [InlineData("upper(@t)", "FOX")]
    [InlineData("lower(@t)", "fox")]
    [InlineData("strlen('größe')", "7")]
    [InlineData("startswith(@t, 'Fo')", "1")]
    [InlineData("contains('banana', 'an')", "2")]
    [InlineData("substr('hello', 1, 3)", "ell")]
    [InlineData("substr('hello', -3, -1)", "ll")]
    [InlineData("format('%s is %s%%', @t, @n)", "Fox is 12%")]
    [InlineData("split(' a ;b;', ';')", "a,b")]
    [InlineData("floor(2.7) + ceil(2.1) + abs(-1) + sqrt(16) + log2(8)", "13")]
    [InlineData("exp(0) + log(1)", "1")]
    [InlineData("timefmt(86400)", "1970-01-02T00:00:00Z")]
    [InlineData("timefmt(0, '%d/%m/%Y, %H h')", "01/01/1970, 00 h")]
    [InlineData("parsetime('2024-05-31', '%Y-%m-%d')", "1717113600")]
    [InlineData("year(1717113600) * 10000 + monthofyear(1717113600) * 100 + dayofmonth(1717113600)", "20240431")]
    [InlineData("day(1717200000 - 1)", "1717113600")]
    [InlineData("month(1717113600)", "1714521600")]
    [InlineData("dayofweek(1717113600)", "5")]
    [InlineData("dayofyear(86400)", "1")]
    [InlineData("hour(7261) + minute(61)", "7260")]
    [InlineData("day(1e99)", "")]
    [InlineData("geodistance('13.361389,38.115556', '15.087269,37.502669')", "166274.26")]
    [InlineData("geodistance('13.361389,38.115556', 15.087269, 37.502669)", "166274.26")]
    [InlineData("geodistance(13.361389, 38.115556, 15.087269, 37.502669)", "166274.26")]
    [InlineData("geodistance('0,0', 'nowhere')", "")]
    [InlineData("geodistance('0,0', 7)", "")]
    public void An_expression_has_this_value(string text, string value)
    {
        var row = new Row();
        row.Set("n", Cell.Of(12));
        row.Set("t", Cell.Of("Fox"));
        Assert.True(ExpressionParser.TryParse(text, [], out var expression, out var error), error);
        Assert.Equal(value, expression.Of(row).AsText());
    }

    [Theory]
    [InlineData("1 +", "Syntax error at offset 3 near ''")]
    [InlineData("(1", "Syntax error at offset 2 near ''")]
    [InlineData("1 2", "Syntax error at offset 2 near '2'")]
    [InlineData("nosuch(1)", "Unknown function name 'nosuch'")]
    [InlineData("upper()", "Invalid arguments for function 'upper': 0 are given, 1 to 1 are allowed")]
    [InlineData("'open", "Syntax error")]
    [InlineData("@", "Syntax error")]
    [InlineData("", "Syntax error at offset 0 near ''")]
    public void What_is_wrong_is_told_with_its_place(string text, string expected)
    {
        Assert.False(ExpressionParser.TryParse(text, [], out _, out var error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_and_depth_are_bounded()
    {
        Assert.Contains("characters", ErrorOf(new string('1', 5_000)), StringComparison.Ordinal);
        foreach (var open in new[] { "(", "!", "-", "abs(" })
        {
            var text = string.Concat(Enumerable.Repeat(open, 1_000));
            Assert.Contains("nested deeper", ErrorOf(text), StringComparison.Ordinal);
        }

        Assert.Equal("", ErrorOf(string.Join('+', Enumerable.Repeat("1", 2_000))));
    }

    [Fact]
    public void Every_expression_cut_off_anywhere_and_random_characters_are_read_or_refused()
    {
        const string Whole = "case(@n>=1.5e-3 && !(startswith(@t,'a\\'b')) || @x!=-2^2, format(\"%s\",split(@t)), 3%2)";
        for (var length = 0; length <= Whole.Length; length++) Read(Whole[..length]);
        const string Characters = "@n1.e+-*/%^()!=<>&|'\",\\ absplit";
        var random = new Random(42);
        for (var i = 0; i < 50_000; i++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(24); length > 0; length--)
                text.Append(Characters[random.Next(Characters.Length)]);
            Read(text.ToString());
        }
    }

    private static void Read(string text)
    {
        var isRead = ExpressionParser.TryParse(text, [], out var expression, out var error);
        Assert.True(isRead == (error is null), $"{text}: {error}");
        if (isRead) expression!.Of(new Row());
    }

    private static string ErrorOf(string text) =>
        ExpressionParser.TryParse(text, [], out _, out var error) ? "" : error;
}
