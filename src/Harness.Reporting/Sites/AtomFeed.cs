using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Harness.Core.Running;

namespace Harness.Reporting.Sites;

/// <summary>Writes a feed of changed verdicts (Atom, RFC 4287).</summary>
internal static class AtomFeed
{
    private const string Namespace = "http://www.w3.org/2005/Atom";

    // A feed is for what is new; the pages have all.
    private const int Most = 100;

    /// <summary>Of all claims, or of one.</summary>
    /// <param name="site">What it is of.</param>
    /// <param name="claim">Its id; null: all.</param>
    /// <param name="address">Where the site will be seen; null: links are relative to the feed.</param>
    internal static string Write(Site site, string? claim, Uri? address)
    {
        var (file, up) = claim is null ? ("feed.xml", "") : ($"feeds/{claim}.xml", "../");
        using var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("feed", Namespace);
            Element("id", Id("feed", address?.AbsoluteUri ?? "", claim ?? ""));
            Element("title", claim is null ? "Harness: verdicts that changed" : $"Harness: changed verdicts of {claim}");
            Element("updated", SitePages.Instant(site.Runs[^1]));
            xml.WriteStartElement("author", Namespace);
            Element("name", "Harness");
            xml.WriteEndElement();
            Link("alternate", Address("index.html"), "text/html");
            if (address is not null)
            {
                Link("self", Address(file), "application/atom+xml");
            }

            foreach (var turn in site.Turns.Where(turn => claim is null || turn.Series.Claim == claim).Take(Most))
            {
                var (series, after) = (turn.Series, turn.After);
                xml.WriteStartElement("entry", Namespace);
                Element("id", Id("turn", series.Claim, series.Scope, series.Experiment, series.Where, after.Run.RunId));
                Element("title", $"{series.Claim}{(series.Scope.Length > 0 ? $" ({series.Scope})" : "")}: {turn.Before.Verdict.Verdict} → {after.Verdict.Verdict}{(series.Quick ? " (quick runs)" : "")}");
                Element("updated", SitePages.Instant(after.Run));
                Link("alternate", Address($"runs/{after.Run.RunId}/report.html"), "text/html");
                Element("summary", $"{after.Run.Claims[series.Claim]}. {series.Experiment} on {SitePages.Host(after.Run)}, run {after.Run.RunId}: {after.Verdict.Lead}");
                xml.WriteEndElement();
            }

            xml.WriteEndElement();

            void Element(string name, string value) => xml.WriteElementString(name, Namespace, ShownText.OneLine(value));

            void Link(string relation, string target, string type)
            {
                xml.WriteStartElement("link", Namespace);
                xml.WriteAttributeString("rel", relation);
                xml.WriteAttributeString("type", type);
                xml.WriteAttributeString("href", target);
                xml.WriteEndElement();
            }
        }

        return text + "\n";

        string Address(string page) => address is null ? up + page : new Uri(address, page).AbsoluteUri;
    }

    // The same entry has the same id whenever the site is made again, and wherever it is seen.
    private static string Id(params string[] of) => $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', of))).AsSpan(0, 16))}";

    private sealed class Utf8Writer : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
