namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>RediSearch's own error texts, so that clients which look at them find what they know.</summary>
internal static class SearchErrors
{
    /// <summary>FT.INFO, FT.ALTER, FT.DROPINDEX and the like of an index that is none.</summary>
    public const string UnknownIndex = "Unknown index name";

    /// <summary>The time that TIMEOUT gives is up.</summary>
    public const string Timeout = "Timeout limit was reached";

    /// <summary>FT.SEARCH, FT.AGGREGATE and the like of an index that is none.</summary>
    public static string NoSuchIndex(string name) => $"{name}: no such index";
}
