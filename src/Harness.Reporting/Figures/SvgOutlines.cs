using System.Globalization;
using System.Text;
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

    /// <summary>What the ids of a figure begin with: several can stand in one page.</summary>
    public static string Prefix(string id) => id.Length > 0 ? id + "-" : "";

    /// <summary>The outlined document as UTF-8 without a byte order mark.</summary>
    /// <param name="id">The figure's id, with which all ids in it begin; may be empty.</param>
    /// <param name="svg">What Skia wrote; every text is set in the bundled font.</param>
    /// <param name="title">The picture's name.</param>
    /// <param name="description">What is to be read in its stead, lines.</param>
    /// <param name="hovers">What the pointer is told, px of the page.</param>
    public static ImmutableArray<byte> Apply(string id, byte[] svg, string title, IEnumerable<string> description, IEnumerable<Hover> hovers)
    {
        using var input = new MemoryStream(svg);
        var document = XDocument.Load(input);
        var root = document.Root!;
        var prefix = Prefix(id);
        var glyphs = new Dictionary<(bool Bold, int CodePoint), string>();
        var definitions = new XElement(Svg + "defs");

        ShareClips(root, definitions, prefix);
        foreach (var text in root.Descendants(Svg + "text").ToList())
        {
            text.ReplaceWith(Outline(text, glyphs, definitions, prefix));
        }

        var width = root.Attribute("width")!.Value;
        var height = root.Attribute("height")!.Value;
        root.SetAttributeValue("viewBox", $"0 0 {width} {height}");
        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("aria-labelledby", $"{prefix}title {prefix}description");
        root.AddFirst(
            new XElement(Svg + "title", new XAttribute("id", prefix + "title"), FigureText.Printable(title)),
            new XElement(Svg + "desc", new XAttribute("id", prefix + "description"), string.Join('\n', description.Select(FigureText.Printable))),
            definitions);

        root.Add(hovers.Select(hover => new XElement(
            Svg + "rect",
            new XAttribute("x", Number(hover.Place.Left)), new XAttribute("y", Number(hover.Place.Top)),
            new XAttribute("width", Number(hover.Place.Width)), new XAttribute("height", Number(hover.Place.Height)),
            new XAttribute("fill-opacity", "0"),
            new XElement(Svg + "title", FigureText.Printable(hover.Text)))));

        var xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + root.ToString(SaveOptions.DisableFormatting) + "\n";
        return [.. Encoding.UTF8.GetBytes(xml.ReplaceLineEndings("\n"))];
    }

    /// <summary>Skia writes a clip for each thing drawn, with an id counted through the whole process: one for each distinct shape instead.</summary>
    private static void ShareClips(XElement root, XElement definitions, string prefix)
    {
        var byContent = new Dictionary<string, string>(StringComparer.Ordinal);
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        var clips = root.Descendants(Svg + "clipPath").ToList();
        foreach (var clip in clips)
        {
            var content = string.Concat(clip.Nodes().Select(node => node.ToString(SaveOptions.DisableFormatting)));
            if (!byContent.TryGetValue(content, out var id))
            {
                id = string.Create(CultureInfo.InvariantCulture, $"{prefix}clip{byContent.Count + 1}");
                byContent.Add(content, id);
                definitions.Add(new XElement(Svg + "clipPath", new XAttribute("id", id), clip.Nodes()));
            }

            renamed.Add($"url(#{clip.Attribute("id")!.Value})", $"url(#{id})");
        }

        // Rebuilt rather than removed one by one, which would walk all siblings each time.
        foreach (var parent in clips.Select(clip => clip.Parent!).Distinct().ToList())
        {
            parent.ReplaceNodes(parent.Nodes().Where(node => node is not XElement { Name.LocalName: "clipPath" }).ToList());
        }

        foreach (var attribute in root.DescendantsAndSelf().Attributes("clip-path"))
        {
            attribute.Value = renamed[attribute.Value];
        }
    }

    private static XElement Outline(XElement text, Dictionary<(bool, int), string> glyphs, XElement definitions, string prefix)
    {
        var bold = text.Attribute("font-weight")?.Value is "bold" or "600" or "700" or "800" or "900";
        var scale = Numbers(text.Attribute("font-size"))[0] / ShapeSize;
        var xs = Numbers(text.Attribute("x"));
        var ys = Numbers(text.Attribute("y"));
        // Skia indents the text by line breaks and tabs of its own; it drops leading white space and all but one of several blanks.
        var runes = text.Value.Trim('\n', '\t').EnumerateRunes().ToImmutableArray();
        if (runes.Length != xs.Length)
            throw new InvalidOperationException($"the SVG has {xs.Length} places for the {runes.Length} characters of '{text.Value.Trim()}'");

        var line = new XElement(Svg + "g", new XAttribute("transform", string.Create(CultureInfo.InvariantCulture, $"scale({scale:0.#####})")));
        for (var i = 0; i < runes.Length; i++)
        {
            if (runes[i].Value == ' ')
                continue;
            line.Add(new XElement(
                Svg + "use",
                new XAttribute("href", $"#{Glyph(runes[i], bold, glyphs, definitions, prefix)}"),
                new XAttribute("x", Number(xs[i] / scale)),
                new XAttribute("y", Number(ys[Math.Min(i, ys.Length - 1)] / scale))));
        }

        return new XElement(Svg + "g", text.Attributes().Where(a => a.Name.LocalName is "transform" or "fill" or "fill-opacity" or "clip-path"), line);
    }

    private static string Glyph(Rune rune, bool bold, Dictionary<(bool, int), string> glyphs, XElement definitions, string prefix)
    {
        if (!glyphs.TryGetValue((bold, rune.Value), out var id))
        {
            id = string.Create(CultureInfo.InvariantCulture, $"{prefix}{(bold ? 'b' : 'r')}{rune.Value:x}");
            glyphs.Add((bold, rune.Value), id);
            definitions.Add(new XElement(Svg + "path", new XAttribute("id", id), new XAttribute("d", Shape(rune.ToString(), bold))));
        }

        return id;
    }

    private static string Number(float value) => value.ToString("0.##", CultureInfo.InvariantCulture);

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
