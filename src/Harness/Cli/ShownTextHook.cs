using Harness.Core.Running;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Harness.Cli;

/// <summary>Shows the text of tables and bars as <see cref="ShownText"/> has it. The library's own control sequences are apart from text, and stay.</summary>
internal sealed class ShownTextHook : IRenderHook
{
    /// <inheritdoc/>
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(renderable => new Shown(renderable));

    private sealed class Shown(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(segment => segment.IsControlCode || segment.IsLineBreak || ShownText.Of(segment.Text) is var text && text == segment.Text
                ? segment
                : new Segment(ShownText.Of(segment.Text), segment.Style));
    }
}
