using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class ChallengeBonusTests
{
    private const long Entries = 100_000;

    [Fact]
    public void It_is_given_when_what_is_turned_away_comes_back_and_what_main_loses_does_not()
    {
        var bonus = new ChallengeBonus();
        for (var i = 0; i < 3; i++) Pass(bonus, Entries, turnedAwayReturns: 0.4, lostReturns: 0.05);
        Assert.Equal(ChallengeBonus.UsesMax, bonus.Uses);
    }

    [Theory]
    [InlineData(0.1, 0.0)]
    [InlineData(0.4, 0.4)]
    [InlineData(0.98, 0.1)]
    public void It_is_not_given_for_scans_nor_where_main_is_worth_as_much_nor_in_a_loop(double turnedAway, double lost)
    {
        var bonus = new ChallengeBonus();
        for (var i = 0; i < 50; i++)
        {
            Pass(bonus, Entries, turnedAway, lost);
            Assert.Equal(0, bonus.Uses);
        }
    }

    [Fact]
    public void A_cache_of_few_entries_has_none()
    {
        var bonus = new ChallengeBonus();
        for (var i = 0; i < 20; i++) Pass(bonus, ChallengeBonus.EntriesMin - 1, 0.4, 0.05);
        Assert.Equal(0, bonus.Uses);
    }

    [Fact]
    public void When_it_was_wrong_it_is_taken_back_and_the_pauses_grow()
    {
        var bonus = new ChallengeBonus();
        var given = new List<int>();
        for (var period = 0; given.Count < 6; period++)
        {
            // Only while it is given main loses what comes back.
            var had = bonus.Uses;
            Pass(bonus, Entries, 0.25, had == 0 ? 0.02 : 0.95);
            if (had == 0 && bonus.Uses != 0) given.Add(period);
            Assert.True(period < 10_000, "it is given again and again");
        }

        var gaps = given.Zip(given.Skip(1), (a, b) => b - a).ToArray();
        for (var i = 1; i < gaps.Length; i++) Assert.True(gaps[i] >= gaps[i - 1], string.Join(" ", gaps));
        Assert.True(gaps[^1] > gaps[0], string.Join(" ", gaps));
    }

    /// <summary>A quarter of the entries arrives and most of them are turned away.</summary>
    private static void Pass(ChallengeBonus bonus, long entries, double turnedAwayReturns, double lostReturns)
    {
        var (away, lost) = ((int)(entries / 5), (int)(entries / 20));
        for (var i = 0; i < away; i++) bonus.CountDuel(challengerWon: false);
        for (var i = 0; i < lost; i++) bonus.CountDuel(challengerWon: true);
        bonus.CountReturn(fromMain: false, age: entries / 2, entries, (int)(away * turnedAwayReturns));
        bonus.CountReturn(fromMain: true, age: entries / 2, entries, (int)(lost * lostReturns));

        // Later than that it does not count.
        bonus.CountReturn(fromMain: true, age: entries, entries, away);
        bonus.Reconsider(entries);
    }
}
