using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// A cache without values that is run as the partition's own would be if its <see cref="Referee"/> always favoured
/// the same: on a sample of the paths, with as small a share of the entries (Waldspurger, Saemundsson, Ahmad and Park,
/// Cache modeling and optimization using miniature simulations, ATC 2017).
/// </summary>
/// <remarks>
/// Window and main are queues as those of <see cref="Evictor"/>, here of single entries: lists by slot numbers, of
/// which 0 is none. The window's share and the sketch are the partition's. Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class Miniature : IDisposable
{
    public const int EntriesMax = ushort.MaxValue - 1;

    /// <summary>Hash, next of the queue, next of the chain, a chain's head, and one for uses and queue.</summary>
    public const int BytesPerEntry = sizeof(ulong) + (3 * sizeof(ushort)) + sizeof(byte);
    private const int UsesMax = 3;
    private const byte InMain = 4;
    private const int MercyMax = 64;
    private const int SlackDivisor = 100;
    private const int SlackEntries = 4;
    private readonly Favour _favour;
    private readonly FrequencySketch _sketch;
    private readonly int _slots;
    private readonly ulong* _hashes;
    private readonly ushort* _next;
    private readonly ushort* _chain;
    private readonly ushort* _heads;
    private readonly byte* _states;
    private Referee _referee = new();
    private Queue _window;
    private Queue _main;
    private int _free;
    private int _mercies;

    /// <param name="favour">What is tried here.</param>
    /// <param name="sketch">Of the partition; only asked.</param>
    /// <param name="entriesMax">Entries that there is memory for, at most <see cref="EntriesMax"/>.</param>
    public Miniature(Favour favour, FrequencySketch sketch, int entriesMax)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entriesMax, EntriesMax);
        _favour = favour;
        _sketch = sketch;
        _slots = entriesMax + 1;
        _hashes = (ulong*)NativeMemory.AllocZeroed((nuint)_slots, BytesPerEntry);
        _next = (ushort*)(_hashes + _slots);
        _chain = _next + _slots;
        _heads = _chain + _slots;
        _states = (byte*)(_heads + _slots);
        for (var slot = 1; slot < entriesMax; slot++) _next[slot] = (ushort)(slot + 1);
        _free = 1;
    }

    public int Count => _window.Count + _main.Count;

    /// <summary>Uses a path, and takes it in if it is not there. True if it was.</summary>
    /// <param name="hash">Of the path.</param>
    /// <param name="capacity">Entries that may be here now, at least 1.</param>
    /// <param name="windowShare">The share of them for the window.</param>
    public bool Request(ulong hash, int capacity, double windowShare)
    {
        var slot = Find(hash);
        if (slot != 0)
        {
            if ((_states[slot] & UsesMax) < UsesMax) _states[slot]++;
            return true;
        }

        capacity = Math.Min(capacity, _slots - 1);
        while (Count >= capacity) MakeRoom(windowShare);
        Insert(hash);
        return false;
    }

    /// <summary>Forgets all that are not of a <see cref="PathSample"/>. The order of the others stays.</summary>
    public void Thin(int sampleShift)
    {
        Thin(ref _window, sampleShift);
        Thin(ref _main, sampleShift);
    }

    public void Dispose() => NativeMemory.Free(_hashes);

    private void Thin(ref Queue queue, int sampleShift)
    {
        for (var left = queue.Count; left > 0; left--)
        {
            var slot = Pop(ref queue);
            if (PathSample.Has(_hashes[slot], sampleShift)) Push(ref queue, slot);
            else Forget(slot);
        }
    }

    private void MakeRoom(double windowShare)
    {
        var excess = _window.Count - (int)(Count * windowShare);
        var slack = Math.Max(SlackEntries, Count / SlackDivisor);
        if (_window.Count == 0) PassOrForgetOldest();
        else if (_main.Count == 0 || excess > slack) Promote(Pop(ref _window));
        else if (excess > 0) JudgeOldest();
        else PassOrForgetOldest();
    }

    private void JudgeOldest()
    {
        var candidate = _window.Oldest;
        if (Uses(candidate) >= Evictor.UsesToPass)
        {
            Pop(ref _window);
            _states[candidate] = 0;
            Promote(candidate);
            return;
        }

        if (TryKeepOldest()) return;
        var victim = _main.Oldest;
        Pop(ref _window);
        if (!_referee.Prefers(_favour, Frequency(candidate), Frequency(victim), victims: 1))
        {
            _mercies = 0;
            Forget(candidate);
            return;
        }

        ForgetOldest();
        _states[candidate] = 0;
        Promote(candidate);
    }

    private void PassOrForgetOldest()
    {
        if (!TryKeepOldest()) ForgetOldest();
    }

    /// <summary>Gives main's oldest another round for one of its uses.</summary>
    private bool TryKeepOldest()
    {
        if (Uses(_main.Oldest) == 0 || _mercies >= MercyMax) return false;
        _mercies++;
        var slot = Pop(ref _main);
        _states[slot]--;
        Push(ref _main, slot);
        return true;
    }

    private void ForgetOldest()
    {
        _mercies = 0;
        Forget(Pop(ref _main));
    }

    private void Promote(int slot)
    {
        _states[slot] |= InMain;
        Push(ref _main, slot);
    }

    private int Uses(int slot) => _states[slot] & UsesMax;

    private int Frequency(int slot) => _sketch.Estimate(_hashes[slot]) + Uses(slot);

    private ushort* Head(ulong hash) => _heads + (int)(((hash * 0x9E3779B97F4A7C15 >> 32) * (ulong)_slots) >> 32);

    private int Find(ulong hash)
    {
        var slot = *Head(hash);
        while (slot != 0 && _hashes[slot] != hash) slot = _chain[slot];
        return slot;
    }

    private void Insert(ulong hash)
    {
        var slot = _free;
        _free = _next[slot];
        var head = Head(hash);
        _hashes[slot] = hash;
        _states[slot] = 0;
        _chain[slot] = *head;
        *head = (ushort)slot;
        Push(ref _window, slot);
    }

    /// <summary>Takes a slot that is in no queue any more out of its chain.</summary>
    private void Forget(int slot)
    {
        var link = Head(_hashes[slot]);
        while (*link != slot) link = _chain + *link;
        *link = _chain[slot];
        _next[slot] = (ushort)_free;
        _free = slot;
    }

    private void Push(ref Queue queue, int slot)
    {
        _next[slot] = 0;
        if (queue.Count++ == 0) queue.Oldest = slot;
        else _next[queue.Youngest] = (ushort)slot;
        queue.Youngest = slot;
    }

    private int Pop(ref Queue queue)
    {
        var slot = queue.Oldest;
        queue.Oldest = _next[slot];
        queue.Count--;
        return slot;
    }

    private struct Queue
    {
        public int Oldest;
        public int Youngest;
        public int Count;
    }
}
