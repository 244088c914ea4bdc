using System.Runtime.InteropServices;
using System.Text.Json;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// What all paths of one command may look at, and how long the values are that they lead to. Values are counted as
/// they are written, each as often as it is found: <c>$..*..*</c> leads to a text of a depth as many times. One thread.
/// </summary>
/// <param name="document">
/// Bytes of the document, which may be given whole whatever its length; 0 where <see cref="Grant"/> tells.
/// </param>
/// <param name="budget">Of an aggregation: is charged for values before there are texts of them; else null.</param>
internal sealed class JsonAllowance(long document = 0, RowBudget? budget = null)
{
    /// <summary>Places in documents that one command may look at.</summary>
    public const int VisitsMax = 1_000_000;

    /// <summary>Bytes of the values found: 8 MiB, or the document's own where it is longer.</summary>
    public const long BytesMax = 8L << 20;

    /// <summary>Visits between two looks at the clock.</summary>
    private const int BlockVisits = 4_096;

    /// <summary>Bytes of a value besides its text, and of a character.</summary>
    private const long ValueBytes = 64, CharBytes = 2;

    private long _visits = VisitsMax;
    private long _bytes = Math.Max(BytesMax, document);
    private int _sinceLook;

    /// <summary>Bytes that the budget was charged with.</summary>
    public long Charged { get; private set; }

    /// <summary>Adds what a look at one more document takes by itself.</summary>
    /// <param name="bytes">Its length.</param>
    /// <param name="paths">How many paths are followed in it.</param>
    public void Grant(long bytes, int paths)
    {
        _visits += bytes * paths;
        _bytes += bytes;
    }

    /// <summary>Counts places that are looked at; false where they are too many, or time is up.</summary>
    public bool TryVisit(int places = 1)
    {
        _visits -= places;
        if (_visits < 0) return false;
        if (budget is null || (_sinceLook += places) < BlockVisits) return true;
        _sinceLook = 0;
        return budget.Look();
    }

    /// <summary>Counts a value that is found; false where they are too long.</summary>
    public bool TryTake(JsonElement value)
    {
        var length = JsonMarshal.GetRawUtf8Value(value).Length;
        _bytes -= length;
        return _bytes >= 0 && TryCharge(length);
    }

    /// <summary>Charges the budget for a text that will be made; false where that is too much.</summary>
    public bool TryCharge(long bytes)
    {
        if (budget is null) return true;
        var held = ValueBytes + (CharBytes * bytes);
        if (!budget.TryTake(held)) return false;
        Charged += held;
        return true;
    }

    /// <summary>Notes in the budget that a path leads to too much, unless that says something else already.</summary>
    public void Fail(string path) => budget?.Fail(JsonPath.TooMany(path));

    /// <summary>Gives back what the budget was charged with: whoever keeps the values was charged itself.</summary>
    public void Settle()
    {
        budget?.Give(Charged);
        Charged = 0;
    }
}
