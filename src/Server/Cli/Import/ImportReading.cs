namespace Hedgerow.Server.Cli.Import;

/// <summary>A reading of how far an import is.</summary>
/// <param name="Documents">Documents acknowledged.</param>
/// <param name="BytesRead">Of the file as it lies there.</param>
/// <param name="BytesTotal">Size of the file; null where that is not known.</param>
internal readonly record struct ImportReading(long Documents, long BytesRead, long? BytesTotal)
{
    /// <summary>For people, after so many seconds.</summary>
    public WorkReading After(double seconds)
    {
        var size = BytesTotal is { } total
            ? $"{Sizes.Bytes(BytesRead)} of {Sizes.Bytes(total)}"
            : Sizes.Bytes(BytesRead);
        return new WorkReading(
            BytesRead, BytesTotal, $"{Documents:N0} documents  {Documents / seconds:N0}/s  {size}");
    }
}
