using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>A directory whose disk is full after so many calls that write.</summary>
internal sealed class FailingDirectory(IndexDirectory inner) : IndexDirectory
{
    public int CallsLeft { get; set; } = int.MaxValue;

    public override bool IsDurable => inner.IsDurable;

    public override IReadOnlyCollection<string> Names() => inner.Names();

    public override IndexOutput Create(string name)
    {
        Spend();
        return inner.Create(name);
    }

    public override void Rename(string from, string to)
    {
        Spend();
        inner.Rename(from, to);
    }

    public override IndexRegion Open(string name) => inner.Open(name);

    public override void Delete(string name) => inner.Delete(name);

    public override void Dispose()
    {
    }

    private void Spend()
    {
        if (CallsLeft-- <= 0) throw new IOException("No space left on device (test)");
    }
}
