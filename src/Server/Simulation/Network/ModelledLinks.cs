using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Network;

/// <summary>
/// Wires as a scenario describes them. A lost message comes late, as TCP sends it again, or never.
/// </summary>
internal sealed class ModelledLinks : ILinkConditions
{
    private readonly NetworkModel _model;
    private readonly Random _random;
    private readonly long _retransmitNanos;
    private readonly bool[] _cut;

    public ModelledLinks(NetworkModel model, int leaves, Random random)
    {
        _model = model;
        _random = random;
        _retransmitNanos = VirtualTime.Nanos(model.Retransmit);
        _cut = new bool[leaves];
    }

    public long DelayNanos(int leaf)
    {
        var nanos = _model.OneWay.Draw(_random);
        if (_retransmitNanos == 0 || _model.Loss == 0) return nanos;
        // Each try may be lost again, and waits twice as long as the one before.
        for (var again = _retransmitNanos; _random.NextDouble() < _model.Loss; again *= 2) nanos += again;
        return nanos;
    }

    public bool IsLost(int leaf) => _retransmitNanos == 0 && _model.Loss > 0 && _random.NextDouble() < _model.Loss;

    public bool IsCut(int leaf) => _cut[leaf];

    /// <summary>Lets nothing pass to and from this leaf, or everything again.</summary>
    public void Cut(int leaf, bool isCut) => _cut[leaf] = isCut;
}
