using System.Collections.Immutable;
using System.Xml.Linq;
using Harness.Analysis.Statistics;
using Harness.Benchmarks.Coverage;
using Harness.Reporting.Sites;

namespace Harness.Tests.Sites;

/// <summary>What a site makes of its runs' summaries.</summary>
public sealed class SiteTests
{
    private const string Hostile = "</title><script>alert(1)</script>\u001b[31m\u202e";

    private static readonly XNamespace _atom = "http://www.w3.org/2005/Atom";

    [Fact]
    public void A_verdict_that_changes_is_a_turn_on_its_own_host_only()
    {
        var site = Site.Of([MadeUpSite.Run(1, "supported"), MadeUpSite.Run(2, "refuted", "bbbbbbbbbbbb"), MadeUpSite.Run(3, "supported"), MadeUpSite.Run(4, "qualified"), MadeUpSite.Run(5, "qualified")]);
        var turn = Assert.Single(site.Turns);
        Assert.Equal(("supported", "run-3", "qualified", "run-4"), (turn.Before.Verdict.Verdict, turn.Before.Run.RunId, turn.After.Verdict.Verdict, turn.After.Run.RunId));
        var claim = Assert.Single(site.Claims);
        Assert.Equal(2, claim.Whole.Length);
        Assert.Equal("run-5", claim.Newest!.Run.RunId);
        Assert.Equal([2, 2], claim.Whole.Single(series => series.Where == "aaaaaaaaaaaa").Spells.Select(spell => spell.Runs));
    }

    [Fact]
    public void A_quick_run_is_a_series_of_its_own_and_no_badge_where_a_full_run_is()
    {
        var quick = MadeUpSite.Run(2, "inconclusive", median: 9e6) with { Quick = true };
        var site = Site.Of([MadeUpSite.Run(1, "supported", median: 1e6), quick, MadeUpSite.Run(3, "supported", median: 1e6), quick with { RunId = "run-4", CreatedAtUtc = quick.CreatedAtUtc.AddDays(2) }]);
        Assert.Empty(site.Turns);
        var claim = Assert.Single(site.Claims);
        Assert.Equal("supported", claim.Newest!.Verdict.Verdict);
        Assert.Equal([2, 2], site.Times.Select(series => series.Points.Length));
        Assert.All(site.Times, series => Assert.Single(series.Points.Select(point => point.Run.Quick).Distinct()));
        Assert.Contains("quick runs", SitePages.Index(site), StringComparison.Ordinal);
        Assert.Contains("quick runs", SitePages.Times(site, "startup", site.Times), StringComparison.Ordinal);
        // Where there is nothing else, they are what is known.
        Assert.Equal("inconclusive", Site.Of([quick]).Claims[0].Newest!.Verdict.Verdict);
    }

    [Fact]
    public void A_feed_has_an_entry_for_each_turn_with_ids_that_stay()
    {
        ImmutableArray<RunSummary> runs = [MadeUpSite.Run(1, "supported"), MadeUpSite.Run(2, "refuted"), MadeUpSite.Run(3, "supported")];
        var feed = XDocument.Parse(AtomFeed.Write(Site.Of(runs), null, new Uri("https://example.org/h/")));
        var entries = feed.Root!.Elements(_atom + "entry").ToList();
        Assert.Equal(["C1: refuted → supported", "C1: supported → refuted"], entries.Select(entry => entry.Element(_atom + "title")!.Value));
        Assert.Equal("https://example.org/h/runs/run-3/report.html", entries[0].Element(_atom + "link")!.Attribute("href")!.Value);
        Assert.Equal("2026-01-04T00:00:00Z", feed.Root.Element(_atom + "updated")!.Value);
        // One run more leaves the entries before it as they are.
        var later = XDocument.Parse(AtomFeed.Write(Site.Of([.. runs, MadeUpSite.Run(4, "qualified")]), "C1", null)).Root!.Elements(_atom + "entry").ToList();
        Assert.Equal(entries.Select(Id), later.Skip(1).Select(Id));
        Assert.Equal("../runs/run-4/report.html", later[0].Element(_atom + "link")!.Attribute("href")!.Value);

        static string Id(XElement entry) => entry.Element(_atom + "id")!.Value;
    }

    [Fact]
    public void Text_from_a_run_is_shown_and_never_obeyed()
    {
        var run = MadeUpSite.Run(1, "supported") with { ToolVersion = Hostile, Claims = new Dictionary<string, string> { ["C1"] = Hostile }.ToImmutableSortedDictionary() };
        run = run with
        {
            Hosts = [new SiteHost("aaaaaaaaaaaa", Hostile, Hostile, Hostile)],
            Verdicts = [.. run.Verdicts.Select(verdict => verdict with { Lead = Hostile, Scope = Hostile }), run.Verdicts[0]],
            Times = [new SiteTime("startup", new SampleLine("aaaaaaaaaaaa", Hostile, Hostile, Hostile, Hostile, Hostile, 10, 1, 0.9, 1.1))],
        };
        var site = Site.Of([run, run with { RunId = "run-2", Verdicts = [.. run.Verdicts.Select(verdict => verdict with { Verdict = "refuted" })] }]);
        foreach (var text in (string[])[SitePages.Index(site), SitePages.Times(site, "startup", site.Times), AtomFeed.Write(site, null, null), Badge.Write(Hostile, Hostile)])
        {
            Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain('\u001b', text);
            Assert.DoesNotContain('\u202e', text);
        }

        Assert.NotNull(XDocument.Parse(AtomFeed.Write(site, "C1", null)));
        Assert.NotNull(XDocument.Parse(Badge.Write(Hostile, Hostile)));
    }

    [Fact]
    public void A_page_asks_for_nothing()
    {
        var site = Site.Of([MadeUpSite.Run(1, "supported", median: 1e6), MadeUpSite.Run(2, "refuted", median: 2e6)]);
        foreach (var page in (string[])[SitePages.Index(site), SitePages.Times(site, "startup", site.Times)])
        {
            Assert.Contains("default-src 'none'; style-src 'sha256-", page, StringComparison.Ordinal);
            Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
            Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
            Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_series_that_jumps_is_seen_where_it_jumps_and_noise_is_not()
    {
        var draws = new Draws(1);
        ImmutableArray<double> noise = [.. Enumerable.Range(0, 200).Select(_ => 40e6 * Math.Exp(0.03 * draws.Normal()))];
        Assert.Empty(ChangePoints.Of(noise));
        Assert.Equal([120], ChangePoints.Of([.. noise.Select((value, i) => i < 120 ? value : 1.3 * value)]));
        // By less than what matters, and in a series that is too short to tell.
        Assert.Empty(ChangePoints.Of([.. noise.Select((value, i) => i < 120 ? value : 1.05 * value)]));
        Assert.Empty(ChangePoints.Of([1, 1, 1, 1, 9, 9, 9, 9, 9]));
        Assert.Equal([5], ChangePoints.Of([1, 1.01, 0.99, 1, 1.02, 2, 2.01, 1.99, 2, 2.02]));
    }

    [Fact]
    public void Times_of_different_hosts_are_different_series()
    {
        var site = Site.Of([MadeUpSite.Run(1, "supported", median: 1e6), MadeUpSite.Run(2, "supported", "bbbbbbbbbbbb", 9e6), MadeUpSite.Run(3, "supported", median: 1.1e6)]);
        Assert.Equal([("aaaaaaaaaaaa", 2), ("bbbbbbbbbbbb", 1)], site.Times.Select(series => (series.Newest.HostId, series.Points.Length)));
    }
}
