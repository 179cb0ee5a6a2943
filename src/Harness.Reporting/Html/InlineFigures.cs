using System.Text;
using System.Xml.Linq;
using Harness.Core.Journaling;

namespace Harness.Reporting.Html;

/// <summary>A figure that stands in the page.</summary>
/// <param name="Markup">Its SVG.</param>
/// <param name="Words">What it shows, in words, lines.</param>
public sealed record InlineFigure(string Markup, ImmutableArray<string> Words);

/// <summary>Figures made fit to stand in one page: each outline of a letter is there once for all of them, and a figure fills its place.</summary>
internal sealed class InlineFigures
{
    private const string Letters = "g-";

    /// <summary>A larger file is not looked into.</summary>
    private const int LargestFile = 4_000_000;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly SortedDictionary<string, string> _letters = new(StringComparer.Ordinal);

    /// <summary>The figure's markup, or null where it is too large: the page should stay one that can be sent.</summary>
    /// <param name="folder">Where the figure is.</param>
    /// <param name="id">Its id.</param>
    /// <param name="most">What it may take on the page, bytes.</param>
    public InlineFigure? Add(RunFolder folder, string id, int most)
    {
        var file = new FileInfo(Path.Combine(folder.Figures, id + ".svg"));
        if (file.Length > LargestFile)
        {
            return null;
        }

        var root = XDocument.Load(file.FullName).Root!;
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        var prefix = Figures.SvgOutlines.Prefix(id);
        // A letter's id says which letter of the bundled font it is: the same in every figure.
        foreach (var letter in root.Elements(Svg + "defs").Elements(Svg + "path").ToList())
        {
            var name = letter.Attribute("id")!.Value;
            var shared = Letters + name[prefix.Length..];
            renamed.Add("#" + name, "#" + shared);
            own[shared] = letter.Attribute("d")!.Value;
            letter.Remove();
        }

        foreach (var use in root.Descendants(Svg + "use").Attributes("href"))
        {
            use.Value = renamed.GetValueOrDefault(use.Value, use.Value);
        }

        // The words stand beside the figure, where everybody can read them; a name of a thousand words would be no name.
        var words = root.Element(Svg + "desc")?.Value ?? "";
        root.Element(Svg + "desc")?.Remove();
        root.SetAttributeValue("aria-labelledby", prefix + "title");
        root.Attribute("width")?.Remove();
        root.Attribute("height")?.Remove();
        var markup = Text(root);
        if (markup.Length > most)
        {
            return null;
        }

        foreach (var (letter, outline) in own)
        {
            _letters[letter] = outline;
        }

        return new InlineFigure(markup, [.. words.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }

    /// <summary>The letters that the figures use.</summary>
    public string Sprite => _letters.Count == 0 ? "" : Text(new XElement(
        Svg + "svg",
        new XAttribute("class", "sprite"), new XAttribute("aria-hidden", "true"), new XAttribute("focusable", "false"), new XAttribute("width", 0), new XAttribute("height", 0),
        new XElement(Svg + "defs", _letters.Select(letter => new XElement(Svg + "path", new XAttribute("id", letter.Key), new XAttribute("d", letter.Value))))));

    // In HTML an element of SVG needs no namespace; of empty ones its parser takes the short form.
    private static string Text(XElement root)
    {
        var text = new StringBuilder(root.ToString(SaveOptions.DisableFormatting));
        return text.Replace(" xmlns=\"http://www.w3.org/2000/svg\"", "").Replace(" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "").Replace(" />", "/>").ToString().ReplaceLineEndings("\n");
    }
}
