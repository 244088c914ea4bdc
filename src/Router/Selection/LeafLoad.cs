namespace Hedgerow.Router;

/// <summary>What a router knows of one leaf's load at one moment, for one class of operations.</summary>
/// <param name="InFlight">This router's requests that the leaf has not answered.</param>
/// <param name="Queue">Requests that waited at the leaf by its last report, fading with the report's age.</param>
/// <param name="LatencyMicros">Smoothed time to an answer as seen from here, at least 1, fading with age.</param>
/// <param name="ServiceMicros">Smoothed time of the work by the leaf's own report, at least 1, fading with age.</param>
/// <param name="Handicap">How much better than one in the router's own zone it must look; 1 in that zone.</param>
internal readonly record struct LeafLoad(
    int InFlight, double Queue, double LatencyMicros, double ServiceMicros, double Handicap);
