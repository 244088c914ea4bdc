using System.Diagnostics;
using Hedgerow.Bench.Mixes;

namespace Hedgerow.Bench.Expiry;

/// <summary>
/// A client on a thread of its own that reads and writes all the time, and notes how long each operation took. Those
/// during which the thread lost its processor are told from those that only the store can have held up.
/// </summary>
internal sealed class PauseWatch : IDisposable
{
    private const double WorthALookMicroseconds = 100;
    private readonly Thread _thread;
    private readonly Func<MixClient> _client;
    private volatile bool _stop;

    public PauseWatch(Func<MixClient> client)
    {
        _client = client;
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    public Pauses Gets { get; private set; } = new();

    public Pauses Sets { get; private set; } = new();

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        Gets = new Pauses();
        Sets = new Pauses();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Work()
    {
        var client = _client();
        var preemptions = ThreadClock.Preemptions;
        for (long i = 0; !_stop; i++)
        {
            var number = -1 - (i % ExpiryRun.OtherEntries);
            var isSet = i % 4 == 0;
            var started = Stopwatch.GetTimestamp();
            if (isSet) client.Set(number, ExpiryRun.ValueBytes);
            else client.Get(number);
            var micros = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            var pauses = isSet ? Sets : Gets;
            pauses.Count++;
            if (micros < WorthALookMicroseconds) continue;
            var now = ThreadClock.Preemptions;
            pauses.Add(micros, now != preemptions);
            preemptions = now;
        }
    }
}

/// <summary>The longest of many operations, in microseconds.</summary>
internal sealed class Pauses
{
    public long Count { get; set; }

    public double Longest { get; private set; }

    /// <summary>Of those in which the thread kept its processor.</summary>
    public double LongestOnProcessor { get; private set; }

    public void Add(double micros, bool wasPreempted)
    {
        Longest = Math.Max(Longest, micros);
        if (!wasPreempted) LongestOnProcessor = Math.Max(LongestOnProcessor, micros);
    }
}
