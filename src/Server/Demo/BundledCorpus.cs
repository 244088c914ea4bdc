namespace Hedgerow.Server.Demo;

/// <summary>
/// The data that comes with the program: 26,354 nouns of Open English WordNet with their definitions.
/// Demo/Corpus/NOTICE.md has its source and licences.
/// </summary>
internal static class BundledCorpus
{
    /// <summary>Name of the collection it goes into.</summary>
    public const string Collection = "words";

    /// <summary>The corpus file's name in a checkout and in the assembly.</summary>
    public const string FileName = "words.jsonl.gz";

    /// <summary>The schema file's name in a checkout and in the assembly.</summary>
    public const string SchemaFileName = "schema.json";

    /// <summary>Documents in it.</summary>
    public const int Documents = 26_354;

    /// <summary>The corpus: JSON lines, gzip.</summary>
    public static Stream OpenFile() => Open(FileName);

    /// <summary>The schema, as --schema takes it.</summary>
    public static Stream OpenSchema() => Open(SchemaFileName);

    private static Stream Open(string name) =>
        typeof(BundledCorpus).Assembly.GetManifestResourceStream($"Corpus/{name}")
        ?? throw new InvalidOperationException($"The assembly was built without Corpus/{name}.");
}
