namespace Hedgerow.LoadGen.Plots;

/// <summary>How plots look, on light and on dark. The line colours are told apart by the colour-blind (Tol).</summary>
internal static class PlotStyle
{
    /// <summary>Colours by name, light, and dark where the reader prefers that.</summary>
    public const string Colours = """
        :root { color-scheme: light dark;
          --page: #ffffff; --panel: #f6f8fa; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; --heat: #0b5cad;
          --good: #1a7f37; --bad: #cf222e;
          --c0: #4477aa; --c1: #cc4455; --c2: #228833; --c3: #b58900; --c4: #0e8a99; --c5: #aa3377; }
        @media (prefers-color-scheme: dark) { :root {
          --page: #0d1117; --panel: #161b22; --ink: #e6edf3; --soft: #9198a1; --grid: #30363d; --heat: #6cb6ff;
          --good: #57d364; --bad: #ff7b72;
          --c0: #7aa7dd; --c1: #ff8a96; --c2: #6cc97a; --c3: #e3c14d; --c4: #5ccbd8; --c5: #e08bc0; } }
        """;

    /// <summary>The parts of a plot.</summary>
    public const string Parts = """
        .plot text { font: 12px system-ui, sans-serif; fill: var(--soft); }
        .plot .grid { stroke: var(--grid); stroke-width: 1; }
        .plot .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .plot .dashed { stroke-dasharray: 5 4; }
        .plot .band { fill: var(--soft); fill-opacity: 0.12; }
        .plot .cell { fill: var(--heat); }
        .plot .page { fill: var(--page); }
        .plot .c0 { stroke: var(--c0); } .plot .c1 { stroke: var(--c1); } .plot .c2 { stroke: var(--c2); }
        .plot .c3 { stroke: var(--c3); } .plot .c4 { stroke: var(--c4); } .plot .c5 { stroke: var(--c5); }
        """;

    /// <summary>For a plot that is a file of its own.</summary>
    public const string Standalone = Colours + "\n" + Parts;
}
