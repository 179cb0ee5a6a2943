using System.Text.RegularExpressions;
using Harness.Core.Journaling;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Harness.Reporting.Html;

/// <summary>
/// Parts of an experiment's README, as HTML. It is as little trusted as the rest of a run's folder: HTML in it is text, an image is its
/// words, and a link leads to the web or into the run's folder.
/// </summary>
internal sealed partial class ReadmeParts
{
    private const long Largest = 256 * 1024;

    // The deepest heading above it on the page is a claim's.
    private const int Shift = 2;

    private static readonly MarkdownPipeline _pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseEmphasisExtras().DisableHtml().Build();

    private readonly string _text;
    private readonly string _folder;

    private ReadmeParts(string text, string folder) => (_text, _folder) = (text, folder);

    /// <summary>An experiment's README; null where the run's folder has none that can be shown.</summary>
    public static ReadmeParts? Read(RunFolder folder, string experiment)
    {
        var file = new FileInfo(Path.Combine(folder.Definitions, experiment, "README.md"));
        if (file is not { Exists: true, Length: <= Largest })
        {
            return null;
        }

        // Its text goes into a page that others are sent: no other file's may.
        PlainFolder.RequireFile(folder.Root, file.FullName);
        return new ReadmeParts(File.ReadAllText(file.FullName), $"definitions/{experiment}/");
    }

    /// <summary>What stands below a heading of the second level, up to the next; empty where there is none.</summary>
    /// <param name="heading">As it is written.</param>
    /// <param name="claim">The claim that is asked about.</param>
    /// <param name="others">Other claims: a part whose heading begins with one of them is left out.</param>
    public string Html(string heading, string claim = "", ImmutableArray<string> others = default)
    {
        try
        {
            return Render(heading, claim, others);
        }
        catch (ArgumentException)
        {
            // Nested deeper than Markdig follows: nobody wrote that to be read.
            return "";
        }
    }

    private string Render(string heading, string claim, ImmutableArray<string> others)
    {
        // Parsed each time: what is rendered is changed first.
        var blocks = Markdown.Parse(_text, _pipeline).SkipWhile(block => !IsHeading(block, heading)).Skip(1).TakeWhile(block => block is not HeadingBlock { Level: <= 2 }).ToList();
        var kept = new List<Block>();
        var isOthers = false;
        foreach (var block in blocks)
        {
            if (block is HeadingBlock part)
            {
                isOthers = Words(part) is var words && !IsAbout(words, claim) && !others.IsDefaultOrEmpty && others.Any(other => IsAbout(words, other));
            }

            if (!isOthers)
            {
                kept.Add(block);
            }
        }

        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer) { EnableHtmlForInline = true };
        _pipeline.Setup(renderer);
        foreach (var block in kept)
        {
            Tame(block);
            renderer.Render(block);
        }

        return writer.ToString().ReplaceLineEndings("\n").Trim();
    }

    private static bool IsHeading(Block block, string heading) => block is HeadingBlock { Level: 2 } there && Words(there).Equals(heading, StringComparison.OrdinalIgnoreCase);

    private static bool IsAbout(string heading, string claim) =>
        claim.Length > 0 && heading.StartsWith(claim, StringComparison.Ordinal) && (heading.Length == claim.Length || !char.IsLetterOrDigit(heading[claim.Length]) && heading[claim.Length] != '-');

    private static string Words(HeadingBlock heading) => heading.Inline is null ? "" : string.Concat(heading.Inline.Descendants<LiteralInline>().Select(literal => literal.ToString())).Trim();

    private void Tame(Block block)
    {
        if (block is HeadingBlock heading)
        {
            heading.Level = Math.Min(6, heading.Level + Shift);
        }

        // The page's policy allows no style beside its own.
        foreach (var column in Blocks<Table>(block).SelectMany(table => table.ColumnDefinitions))
        {
            column.Alignment = null;
        }

        foreach (var link in Inlines<LinkInline>(block).ToList())
        {
            var target = Target(link.Url);
            if (link.IsImage || target is null)
            {
                link.ReplaceBy(new ContainerInline());
                continue;
            }

            link.Url = target;
            link.GetAttributes().AddPropertyIfNotExist("rel", "noreferrer");
        }

        foreach (var link in Inlines<AutolinkInline>(block).Where(link => Target(link.Url) is null).ToList())
        {
            link.ReplaceBy(new LiteralInline(link.Url));
        }
    }

    // Markdig looks from a block for blocks, and from a leaf for nothing.
    private static IEnumerable<T> Blocks<T>(Block block)
        where T : Block => (block as ContainerBlock)?.Descendants().Prepend(block).OfType<T>() ?? (block is T only ? [only] : []);

    private static IEnumerable<T> Inlines<T>(Block block)
        where T : Inline => Blocks<LeafBlock>(block).SelectMany(leaf => leaf.Inline?.Descendants<T>() ?? []);

    private string? Target(string? url) => url switch
    {
        null or "" => null,
        _ when url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) => url,
        _ when RelativePattern().IsMatch(url) => _folder + url,
        _ => null,
    };

    // No scheme, no root, no way up but that to another experiment.
    [GeneratedRegex(@"^(\.\./)?[A-Za-z0-9_-][A-Za-z0-9_./-]*\z")]
    private static partial Regex RelativePattern();
}
