using System.CommandLine;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>--refresh</c> of a verb that writes documents (see <see cref="RefreshWord"/>).</summary>
internal sealed class RefreshOption
{
    private const string Name = "--refresh";

    private readonly Option<string?> _word = new(Name)
    {
        HelpName = "WHEN",
        Description = "When to answer: true makes documents searchable first, wait_for waits until the leaves' own " +
            "refresh has; false, as without it, does neither.",
    };

    public void AddTo(Command verb)
    {
        verb.Add(_word);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(_word) is { } word && (word == "" || !RefreshWord.IsKnown(word)))
                result.AddError($"{Name} is '{word}'; allowed are {RefreshWord.Allowed}.");
        });
    }

    /// <summary>Does what was asked for, once what it is for is written.</summary>
    public ValueTask ApplyAsync(
        ParseResult result, HedgerowClient cluster, IReadOnlyList<string> paths, CancellationToken cancel) =>
        RefreshWord.ApplyToPathsAsync(result.GetValue(_word) ?? "", cluster, paths, cancel);
}
