namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// Remembers where in the file every few hundredth document ended, until the writer says that all documents up to it
/// are settled. Its length follows the documents in flight, which the writer bounds.
/// </summary>
internal sealed class SettledMarks
{
    /// <summary>
    /// Documents between two marks: a resumed import repeats at most so many, and what was in flight.
    /// </summary>
    public const int Spacing = 256;

    private readonly Queue<(long Documents, ImportPosition Position)> _marks = new();
    private long _lastMarked;

    /// <summary>Remembers a place, unless the last one is near.</summary>
    public void Mark(long documentsAdded, Func<ImportPosition> position)
    {
        if (documentsAdded - _lastMarked < Spacing) return;
        _lastMarked = documentsAdded;
        _marks.Enqueue((documentsAdded, position()));
    }

    /// <summary>The furthest place up to which all is settled, or null when that has not moved.</summary>
    public ImportPosition? Settle(long documentsSettled)
    {
        ImportPosition? furthest = null;
        while (_marks.TryPeek(out var mark) && mark.Documents <= documentsSettled)
        {
            furthest = mark.Position;
            _marks.Dequeue();
        }

        return furthest;
    }
}
