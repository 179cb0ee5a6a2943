using Spectre.Console;
using Spectre.Console.Rendering;

namespace Harness.Runs;

/// <summary>The column of a bar that says how long the rest takes.</summary>
/// <param name="left">That, in words.</param>
internal sealed class LeftColumn(Func<string> left) : ProgressColumn
{
    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{left()} left");
}
