namespace Hedgerow.Tidy.Tests;

/// <summary>The measure itself is measured, so that a rule that finds nothing is known to look.</summary>
public sealed class FunctionLengthsTests
{
    private const string Sample = """
        internal sealed class Example
        {
            private readonly int _field;

            public Example(int field)
            {
                _field = field;
            }

            public static async Task<Dictionary<string, int>> LongNameAsync<T>(
                T first, int second = 0, CancellationToken cancel = default)
                where T : class
            {
                if (second > 0)
                {
                    await Task.Yield();
                }

                return [];
            }

            public int Property
            {
                get => _field;
            }

            private enum Kind
            {
                None,
            }
        }
        """;

    [Fact]
    public void Constructors_and_methods_are_found_with_their_lengths_and_nothing_else()
    {
        var found = FunctionLengths.In(Sample.Split('\n')).ToList();
        Assert.Equal([("Example", 4), ("LongNameAsync", 11)], found.Select(f => (f.Name, f.Lines)));
    }
}
