using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Runs a theory before every kind of <see cref="RespNode"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BeforeLeafAndClusterAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. new[] { RespNode.BareLeaf, RespNode.Cluster, RespNode.Router }.Select(
            kind => new TheoryDataRow<string>(kind))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
