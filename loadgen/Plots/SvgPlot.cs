using System.Globalization;
using System.Net;
using System.Text;

namespace Hedgerow.LoadGen.Plots;

/// <summary>
/// A plot as SVG: a frame with two axes, and lines, bands and cells in it. Colours are variables of
/// <see cref="PlotStyle"/>, so that it fits a light and a dark page.
/// </summary>
internal sealed class SvgPlot
{
    private const int Width = 860;
    private const int Height = 320;
    private const int Left = 74;
    private const int Right = 16;
    private const int Top = 34;
    private const int Bottom = 40;
    private const int LegendColumn = 150;
    private const int LegendColumns = 5;
    private const int LegendRow = 12;

    private readonly StringBuilder _body = new();
    private readonly Scale _x;
    private readonly Scale _y;
    private readonly string _title;
    private int _legends;

    /// <param name="title">For readers who hear the page, and for pointers.</param>
    /// <param name="x">The axis from left to right.</param>
    /// <param name="y">The axis from below to above.</param>
    /// <param name="xTitle">What the axis from left to right is.</param>
    public SvgPlot(string title, Scale x, Scale y, string xTitle)
    {
        (_title, _x, _y) = (title, x, y);
        foreach (var (value, label) in y.Marks)
        {
            Line("grid", Left, Y(value), Width - Right, Y(value));
            Text(label, Left - 8, Y(value) + 4, "end");
        }

        foreach (var (value, label) in x.Marks)
        {
            Line("grid", X(value), Top, X(value), Height - Bottom);
            Text(label, X(value), Height - Bottom + 16, x.At(value) > 0.97 ? "end" : "middle");
        }

        Text(xTitle, (Left + Width - Right) / 2.0, Height - 6, "middle");
    }

    /// <summary>Colours that differ.</summary>
    public const int Colours = 6;

    /// <summary>A line through points, and its name above.</summary>
    /// <param name="name">For the legend.</param>
    /// <param name="colour">From 0; again from the first after <see cref="Colours"/>.</param>
    /// <param name="points">In the units of the axes.</param>
    /// <param name="isDashed">To tell two lines of one colour apart.</param>
    public void AddLine(string name, int colour, IEnumerable<(double X, double Y)> points, bool isDashed = false)
    {
        var path = string.Join(' ', points.Select(p => Invariant($"{X(p.X):F1},{Y(p.Y):F1}")));
        var dash = isDashed ? " dashed" : "";
        var css = Invariant($"c{colour % Colours}{dash}");
        _body.Append($"<polyline class=\"line {css}\" points=\"{path}\"><title>{Encode(name)}</title></polyline>\n");
        AddLegend(name, css);
    }

    /// <summary>A stretch of the axis from left to right, shaded.</summary>
    public void AddBand(string name, double from, double to)
    {
        _body.Append(Invariant($"<rect class=\"band\" x=\"{X(from):F1}\" y=\"{Top}\" width=\"{X(to) - X(from):F1}\" ")
            + Invariant($"height=\"{Height - Top - Bottom}\"><title>{Encode(name)}</title></rect>\n"));
    }

    /// <summary>A cell whose strength, 0 to 1, is how much of the colour it has.</summary>
    public void AddCell(string name, double fromX, double toX, double fromY, double toY, double strength) =>
        _body.Append(Invariant($"<rect class=\"cell\" x=\"{X(fromX):F1}\" y=\"{Y(toY):F1}\" ")
            + Invariant($"width=\"{X(toX) - X(fromX) + 0.3:F1}\" height=\"{Y(fromY) - Y(toY) + 0.3:F1}\" ")
            + Invariant($"fill-opacity=\"{Math.Clamp(strength, 0, 1):F2}\"><title>{Encode(name)}</title></rect>\n"));

    /// <summary>The element, for a page that has the style.</summary>
    public string ToElement() => Whole("");

    /// <summary>A file of its own.</summary>
    public string ToFile() => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + Whole($"<style>{PlotStyle.Standalone}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private string Whole(string head) =>
        Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {Width} {Height}\" ")
        + $"role=\"img\" aria-label=\"{Encode(_title)}\">\n{head}{_body}</svg>\n";

    private void AddLegend(string name, string css)
    {
        var x = Left + (_legends % LegendColumns * LegendColumn);
        var y = 10 + (_legends++ / LegendColumns * LegendRow);
        _body.Append(Invariant($"<line class=\"line {css}\" x1=\"{x}\" y1=\"{y}\" x2=\"{x + 22}\" y2=\"{y}\"/>\n"));
        Text(name, x + 28, y + 4, "start");
    }

    private double X(double value) => Left + (_x.At(value) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (_y.At(value) * (Height - Top - Bottom));

    private void Line(string css, double x1, double y1, double x2, double y2) => _body.Append(
        Invariant($"<line class=\"{css}\" x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\"/>\n"));

    private void Text(string text, double x, double y, string anchor) => _body.Append(
        Invariant($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\">{Encode(text)}</text>\n"));
}
