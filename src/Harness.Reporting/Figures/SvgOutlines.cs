using System.Globalization;
using System.Xml.Linq;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>
/// Turns the text elements of Skia's SVG into outlines of the bundled font, each glyph defined once, so that the figure looks the same on a
/// machine without the font; and gives the picture a title and a description, so that the text can still be read aloud, searched and copied.
/// </summary>
internal static class SvgOutlines
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>The outlined document as UTF-8 without a byte order mark.</summary>
    /// <param name="svg">What Skia wrote; every text is set in the bundled font.</param>
    /// <param name="title">The picture's name.</param>
    /// <param name="description">What is to be read in its stead, lines.</param>
    public static ImmutableArray<byte> Apply(byte[] svg, string title, IEnumerable<string> description)
    {
        using var input = new MemoryStream(svg);
        var document = XDocument.Load(input);
        var root = document.Root!;
        var glyphs = new Dictionary<(bool Bold, int CodePoint), string>();
        var definitions = new XElement(Svg + "defs");

        foreach (var text in root.Descendants(Svg + "text").ToList())
        {
            text.ReplaceWith(Outline(text, glyphs, definitions));
        }

        var width = root.Attribute("width")!.Value;
        var height = root.Attribute("height")!.Value;
        root.SetAttributeValue("viewBox", $"0 0 {width} {height}");
        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("aria-labelledby", "title description");
        root.AddFirst(
            new XElement(Svg + "title", new XAttribute("id", "title"), FigureText.Printable(title)),
            new XElement(Svg + "desc", new XAttribute("id", "description"), string.Join('\n', description.Select(FigureText.Printable))),
            definitions);

        var xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + root.ToString(SaveOptions.DisableFormatting) + "\n";
        return [.. System.Text.Encoding.UTF8.GetBytes(xml.ReplaceLineEndings("\n"))];
    }

    private static XElement Outline(XElement text, Dictionary<(bool, int), string> glyphs, XElement definitions)
    {
        var bold = text.Attribute("font-weight")?.Value is "bold" or "600" or "700" or "800" or "900";
        var size = Numbers(text.Attribute("font-size"))[0];
        var xs = Numbers(text.Attribute("x"));
        var ys = Numbers(text.Attribute("y"));
        var group = new XElement(Svg + "g", text.Attributes().Where(a => a.Name.LocalName is "transform" or "fill" or "fill-opacity" or "clip-path"));
        var i = 0;
        foreach (var rune in text.Value.EnumerateRunes())
        {
            if (i >= xs.Length)
                break;
            var (x, y) = (xs[i], ys[Math.Min(i, ys.Length - 1)]);
            i++;
            if (rune.Value == ' ')
                continue;
            if (!glyphs.TryGetValue((bold, rune.Value), out var id))
            {
                id = $"{(bold ? 'b' : 'r')}{rune.Value:x}";
                glyphs.Add((bold, rune.Value), id);
                definitions.Add(new XElement(Svg + "path", new XAttribute("id", id), new XAttribute("d", Shape(rune.ToString(), bold))));
            }

            var scale = size / ShapeSize;
            group.Add(new XElement(
                Svg + "use",
                new XAttribute("href", $"#{id}"),
                new XAttribute("transform", string.Create(CultureInfo.InvariantCulture, $"translate({x:0.###} {y:0.###}) scale({scale:0.#####})"))));
        }

        return group;
    }

    private const float ShapeSize = 100;

    private static string Shape(string text, bool bold)
    {
        using var font = FigureFonts.Create(ShapeSize, bold);
        using var path = font.GetTextPath(text, new SKPoint(0, 0));
        return path.ToSvgPathData();
    }

    private static ImmutableArray<float> Numbers(XAttribute? attribute) =>
    [
        .. (attribute?.Value ?? "0").Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(number => float.Parse(number, CultureInfo.InvariantCulture)),
    ];
}
