namespace Hedgerow.LoadGen.Keys;

/// <summary>
/// Key k is asked for in proportion to 1 / (k + 1) ^ exponent, as popularity on the web is. Rejection-inversion
/// sampling
/// (Hörmann and Derflinger 1996): constant time and memory for any number of keys, and exact.
/// </summary>
internal sealed class ZipfKeys : IKeyChooser
{
    private readonly long _keys;
    private readonly double _exponent;
    private readonly Random _random;
    private readonly double _integralOfFirst;
    private readonly double _integralOfAll;
    private readonly double _squeeze;

    public ZipfKeys(long keys, double exponent, Random random)
    {
        _keys = keys;
        _exponent = exponent;
        _random = random;
        _integralOfFirst = Integral(1.5) - 1;
        _integralOfAll = Integral(keys + 0.5);
        _squeeze = 2 - InverseIntegral(Integral(2.5) - Density(2));
    }

    public long Next()
    {
        while (true)
        {
            var u = _integralOfAll + (_random.NextDouble() * (_integralOfFirst - _integralOfAll));
            var x = InverseIntegral(u);
            var k = Math.Clamp((long)(x + 0.5), 1, _keys);
            if (k - x <= _squeeze || u >= Integral(k + 0.5) - Density(k)) return k - 1;
        }
    }

    private double Density(double x) => Math.Exp(-_exponent * Math.Log(x));

    private double Integral(double x)
    {
        var log = Math.Log(x);
        return ExpMinusOneOver((1 - _exponent) * log) * log;
    }

    private double InverseIntegral(double x)
    {
        var t = Math.Max(-1, x * (1 - _exponent));
        return Math.Exp(LogOnePlusOver(t) * x);
    }

    // log(1 + x) / x and (exp(x) - 1) / x, by their series near 0, where the quotients would lose all digits.
    private static double LogOnePlusOver(double x) =>
        Math.Abs(x) > 1e-6 ? Math.Log(1 + x) / x : 1 - (x * (0.5 - (x / 3)));

    private static double ExpMinusOneOver(double x) =>
        Math.Abs(x) > 1e-6 ? (Math.Exp(x) - 1) / x : 1 + (x * (0.5 + (x / 6)));
}
