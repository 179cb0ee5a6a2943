namespace Harness.Reporting.Figures;

/// <summary>One figure, drawn twice from the same geometry.</summary>
/// <param name="Svg">UTF-8 XML, 700 px wide, without references to fonts or to anything outside it.</param>
/// <param name="Png">The same at two pixels to one, 1400 px wide.</param>
public sealed record FigureImages(ImmutableArray<byte> Svg, ImmutableArray<byte> Png);
