namespace Hedgerow.Router;

/// <summary>
/// A bounded, lock-free pool: a fixed row of slots, the first found is taken. What does not fit is collected.
/// </summary>
internal sealed class CallPool<T>
    where T : class
{
    private const int Slots = 256;
    private readonly T?[] _slots = new T?[Slots];
    private readonly Func<T> _create;

    public CallPool(Func<T> create)
    {
        _create = create;
    }

    public T Rent()
    {
        for (var i = 0; i < Slots; i++)
        {
            var item = Volatile.Read(ref _slots[i]);
            if (item is not null && Interlocked.CompareExchange(ref _slots[i], null, item) == item) return item;
        }

        return _create();
    }

    public void Return(T item)
    {
        for (var i = 0; i < Slots; i++)
        {
            if (Volatile.Read(ref _slots[i]) is null && Interlocked.CompareExchange(ref _slots[i], item, null) is null)
                return;
        }
    }
}
