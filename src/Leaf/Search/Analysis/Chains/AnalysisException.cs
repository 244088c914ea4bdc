namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>A chain is not declared as it has to be; the message says what is allowed.</summary>
internal sealed class AnalysisException(string message) : Exception(message);
