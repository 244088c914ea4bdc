using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Runs a theory before both kinds of <see cref="RespNode"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BeforeLeafAndClusterAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow<string>(RespNode.BareLeaf), new TheoryDataRow<string>(RespNode.Cluster)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
