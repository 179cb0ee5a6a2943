using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A figure has more rows than stay readable. Not a mistake of its query: a large run has many rows.</summary>
/// <param name="kind">The kind of figure.</param>
/// <param name="takes">What it takes, as <c>60 rows</c>.</param>
/// <param name="given">What its query gives, as <c>61</c>.</param>
public sealed class FigureTooLargeException(string kind, string takes, string given)
    : HarnessException($"a figure of kind '{kind}' takes {takes}; its query gives {given}");
