using Harness.Analysis.Judging;
namespace Harness.Reporting.Figures;
public sealed record FigureInput(string Title, string Caption, Table Table);
public sealed record FigureImages(ImmutableArray<byte> Svg, ImmutableArray<byte> Png);
public interface IFigureKind { string Id { get; } FigureImages Draw(FigureInput input); }
public static class FigureKinds { public static IFigureKind Find(string id) => new None(id); private sealed class None(string id) : IFigureKind { public string Id => id; public FigureImages Draw(FigureInput input) => new([], []); } }
