using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Figures;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>The whole catalogue as if every image could be had: its readings are made up, its names and dates are not.</summary>
public sealed class ManyUserlandsTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
    private static readonly ImmutableArray<UserlandDefinition> _all = [.. _experiments.Catalogue.Userlands.Where(userland => userland.Tier != UserlandTier.Named)];

    private readonly MatrixRun _matrix = new();
    private readonly UserlandRun _identity = new();

    public void Dispose()
    {
        _matrix.Dispose();
        _identity.Dispose();
    }

    [Fact]
    public void Userlands_in_which_something_fails_stand_above_the_families_and_no_image_is_too_tall()
    {
        var images = Draw("distro-matrix", Matrix());
        var parts = images.More.Insert(0, images);

        Assert.InRange(parts.Length, 2, 4);
        Assert.All(parts, part => Assert.InRange((int)Root(part).Attribute("height")!, 400, 1350));
        var rows = parts.SelectMany(part => Words(part)).Select(line => line.Split(", docker")[0]).Distinct().ToList();
        Assert.Equal(_all.Select(userland => userland.Id).Order(), rows.Order());
        Assert.Equal(["centos:5", "debian:5", "oraclelinux:5"], rows.Take(3).Order());
        Assert.Equal("scratch", rows.SkipWhile(IsFailing).First());
        // Each image can be quoted alone: it says which it is, and of whom it tells.
        var captions = parts.Select(part => Root(part).Element(Svg + "desc")!.Value.Split('\n')[0]).ToList();
        Assert.Equal(parts.Length, captions.Distinct().Count());
        Assert.All(captions, (caption, place) => Assert.StartsWith($"Image {place + 1} of {parts.Length}: ", caption, StringComparison.Ordinal));
        Assert.All(captions, caption => Assert.Contains(". Of all images: ", caption, StringComparison.Ordinal));
        // By age within a family.
        var redhat = rows.SkipWhile(IsFailing).Where(row => _experiments.Catalogue.Find(row)!.Family == "redhat").Select(row => _experiments.Catalogue.Find(row)!.Released?.First).OfType<DateOnly>().ToList();
        Assert.Equal(redhat.Order(), redhat);
    }

    [Fact]
    public void What_fails_is_told_in_a_table_of_its_own()
    {
        using var database = RunDatabase.Open(Matrix(), "distro-matrix");
        var table = database.Query(_experiments.Find("distro-matrix").Tables.Single(table => table.Id == "failures").Sql, "test");

        Assert.Equal(["userland", "under", "kernel", "what"], table.Columns);
        Assert.Equal("debian:5|docker/runc|host|bash fails: crashed by signal 11", string.Join('|', table.Rows[0]));
        Assert.Contains(table.Rows, row => row[0] == "debian:13" && row[1] == "docker/runsc" && row[3]!.StartsWith("ls fails: failed with status 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Ages_have_a_line_for_each_dated_userland_over_whole_lustra()
    {
        var images = Draw("userland-ages", Matrix());

        Assert.Equal(_all.Count(userland => userland.Released is not null), Words(images).Count());
        Assert.Contains("debian 12, 2023-06-10: all runs; from 2022-08; until 2026-07", Words(images));
        Assert.InRange((int)Root(images).Attribute("height")!, 400, 1350);
    }

    [Fact]
    public void Shares_of_many_are_grouped_by_family()
    {
        foreach (var (userland, index) in _all.Where(userland => userland.Id != "scratch").Select((userland, index) => (userland, index)))
        {
            // A few files of everybody, more of the family, most of the distribution's neighbours in time.
            var own = Enumerable.Range(index, 12).Select(i => $"/{userland.Distribution}/{i}=x");
            _identity.Container(userland.Id, string.Join(' ', own.Append("/all=x").Concat(Enumerable.Range(0, 4).Select(i => $"/{userland.Family}/{i}=x"))));
        }

        _identity.Build();
        using var database = RunDatabase.Open(_identity.Folder, "userland-identity");
        var images = Keep("userland-similarity", FigureImages.Draw(_experiments.Find("userland-identity").Figures.Single(figure => figure.Id == "userland-similarity"), _experiments.Find("userland-identity"), database, _ => "Caption."));

        Assert.InRange((int)Root(images).Attribute("height")!, 800, 1500);
        var order = Words(images).Select(line => line.Split(": most")[0]).ToList();
        Assert.Equal(_all.Length - 1, order.Count);
        Assert.True(order.IndexOf("debian:13") < order.IndexOf("fedora:41"), string.Join(' ', order));
        Assert.True(order.IndexOf("ubuntu:12.04") < order.IndexOf("debian:8"), string.Join(' ', order));
    }

    private static bool IsFailing(string userland) => userland is "centos:5" or "debian:5" or "oraclelinux:5" || HasNewTools(userland);

    private static bool HasNewTools(string userland) => _experiments.Catalogue.Find(userland) is { Libc: { Kind: LibcKind.Glibc } libc } && Version.TryParse(libc.Version, out var version) && version >= new Version(2, 40);

    private RunFolder Matrix()
    {
        _matrix.Machine();
        foreach (var userland in _all)
        {
            foreach (var runtime in new[] { "runc", "runsc" })
            {
                if (userland.Id == "scratch")
                    _matrix.Scratch(runtime);
                else
                    _matrix.Container(userland.Id, runtime, 1, MatrixRun.Host, [.. Exceptions(userland, runtime)]);
            }
        }

        return _matrix.Build();
    }

    private static IEnumerable<(string Probe, Did Did)> Exceptions(UserlandDefinition userland, string runtime)
    {
        if (userland.Libc is not { Kind: LibcKind.Glibc })
        {
            yield return ("dynamic-program", Did.NoLoader);
            yield return ("bash", Did.Absent);
        }

        if (userland.Id is "centos:5" or "oraclelinux:5" or "debian:5" && runtime == "runc")
            yield return ("bash", Did.Segfault);
        if (HasNewTools(userland.Id) && runtime == "runsc")
            yield return ("ls", Did.Status(2, "ls: cannot access '/': Invalid argument"));
    }

    private static FigureImages Draw(string figure, RunFolder folder)
    {
        var experiment = _experiments.Find("distro-matrix");
        using var database = RunDatabase.Open(folder, experiment.Id);
        var definition = experiment.Figures.Single(each => each.Id == figure);
        return Keep(figure, FigureImages.Draw(definition, experiment, database, _ => definition.Caption));
    }

    private static FigureImages Keep(string name, FigureImages images)
    {
        if (Environment.GetEnvironmentVariable("HARNESS_KEEP_FIGURES") is { Length: > 0 } folder)
        {
            foreach (var (part, i) in images.More.Insert(0, images).Select((part, i) => (part, i + 1)))
                File.WriteAllBytes(Path.Combine(folder, $"{name}-{i}.png"), [.. part.Png]);
        }

        return images;
    }

    private static XElement Root(FigureImages images) => XDocument.Parse(Encoding.UTF8.GetString([.. images.Svg])).Root!;

    // Without the caption.
    private static IEnumerable<string> Words(FigureImages images) => Root(images).Element(Svg + "desc")!.Value.Split('\n').Skip(1);
}
