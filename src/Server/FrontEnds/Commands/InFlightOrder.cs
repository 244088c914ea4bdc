namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>What a command may run beside.</summary>
internal enum OrderClass
{
    /// <summary>Reads one key: waits for writes of that key.</summary>
    Read,

    /// <summary>Writes one key: waits for whatever uses that key.</summary>
    Write,

    /// <summary>Reads many keys: waits for every write.</summary>
    ReadMany,

    /// <summary>Writes many keys: waits for everything, and everything waits for it.</summary>
    Barrier,
}

/// <summary>
/// What is under way of a connection, by the keys it touches, so that commands of one pipeline run beside each other
/// when none can see the other's doing. Keys share 1,024 places: a false conflict costs a wait, nothing else.
/// </summary>
internal sealed class InFlightOrder
{
    private const int Places = 1_024;

    private readonly Place[] _places = new Place[Places];
    private int _allReads;
    private int _allWrites;
    private int _manyReads;
    private int _barriers;

    /// <summary>Whether a command may begin now.</summary>
    public bool Allows(OrderClass order, ulong hash)
    {
        if (_barriers > 0) return false;
        ref var place = ref _places[PlaceOf(hash)];
        return order switch
        {
            OrderClass.Read => place.Writes == 0,
            OrderClass.Write => place.Writes == 0 && place.Reads == 0 && _manyReads == 0,
            OrderClass.ReadMany => _allWrites == 0,
            _ => _allReads + _allWrites + _manyReads == 0,
        };
    }

    /// <summary>A command begins.</summary>
    public void Enter(OrderClass order, ulong hash) => Count(order, hash, 1);

    /// <summary>A command is done.</summary>
    public void Leave(OrderClass order, ulong hash) => Count(order, hash, -1);

    private static int PlaceOf(ulong hash) => (int)(hash >> 32) & (Places - 1);

    private void Count(OrderClass order, ulong hash, int change)
    {
        ref var place = ref _places[PlaceOf(hash)];
        switch (order)
        {
            case OrderClass.Read:
                place.Reads = (ushort)(place.Reads + change);
                _allReads += change;
                break;
            case OrderClass.Write:
                place.Writes = (ushort)(place.Writes + change);
                _allWrites += change;
                break;
            case OrderClass.ReadMany:
                _manyReads += change;
                break;
            default:
                _barriers += change;
                break;
        }
    }

    // Side by side: a command touches one line of the processor's cache.
    private struct Place
    {
        public ushort Reads;
        public ushort Writes;
    }
}
