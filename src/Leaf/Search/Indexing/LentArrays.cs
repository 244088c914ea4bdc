using System.Buffers;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Arrays of the shared pool that are given back together: those with an element for each document or term, which as
/// objects of their own would each be large, and large ones bring on collections of everything. One thread. Where an
/// error comes between, the collector has them.
/// </summary>
internal sealed class LentArrays : IDisposable
{
    private readonly List<ILent> _lent = [];

    private interface ILent
    {
        void GiveBack();
    }

    /// <summary>An array of at least so many elements, as many of them cleared.</summary>
    public T[] Take<T>(int length)
        where T : unmanaged
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        array.AsSpan(0, length).Clear();
        _lent.Add(new Lent<T>(array));
        return array;
    }

    /// <summary>Gives all of them back: nobody may touch them any more.</summary>
    public void Dispose()
    {
        foreach (var one in _lent) one.GiveBack();
        _lent.Clear();
    }

    private sealed class Lent<T>(T[] array) : ILent
    {
        public void GiveBack() => ArrayPool<T>.Shared.Return(array);
    }
}
