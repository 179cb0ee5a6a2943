using System.Globalization;
using Harness.Core.Model;

namespace Harness.Reporting.Model;

/// <summary>
/// The sections about the run as a whole, in reading order. A table that concerns the whole run (its images, its treatments) is a
/// section here: one method, one line in <see cref="Of"/>, and both reports have it.
/// </summary>
internal static class RunSections
{
    /// <summary>The anchor of what was not measured: the page shows every cell before it.</summary>
    public const string Gaps = "gaps";

    /// <summary>The anchor of how to run it again: the page ends with it.</summary>
    public const string Reproduce = "reproduce";

    /// <summary>Those that have something to say.</summary>
    public static ImmutableArray<Section> Of(ReportInput input) =>
    [
        .. new[] { Checks(input), LeftOut(input), TreatmentSection.Of(input.Treatments), Remarks(input), Again(input), Environments(input) }.OfType<Section>(),
    ];

    private static Section? Checks(ReportInput input) => input.Checks.IsEmpty ? null : new Section("checks", "Checks of the method",
    [
        new Block.Paragraph("Whether the instruments agree with each other. A check that does not hold puts the method in doubt, not a claim."),
        new Block.Grid(
            "Checks of the method", [new("check"), new("holds"), new("trials", IsNumber: true), new("what was compared")],
            [.. input.Checks.Select(check => ImmutableArray.Create<Passage>(
                [new Inline.Link(check.Name, $"evidence/{check.Name}.csv"), new Inline.Plain($", {check.Experiment}")],
                [new Inline.Strong(check.Holds)],
                Number(check.Trials),
                check.Summary))]),
    ]);

    // One row a reason, said nowhere else: what was not measured, then what was measured and says nothing of a claim.
    private static Section LeftOut(ReportInput input) => new(Gaps, "What was left out, and why", input.Coverage.Gaps.IsEmpty && input.NotCounted.IsEmpty
        ? [new Block.Paragraph("Nothing: every planned trial was measured, and counts.")]
        :
        [
            new Block.Grid(
                "What was left out, and why", [new("trials", IsNumber: true), new("of"), new("what"), new("why"), new("remedy")],
                [
                    .. input.Coverage.Gaps.Select(gap => ImmutableArray.Create<Passage>(Number(gap.Trials), gap.Userlands, gap.Kind, gap.Reason, gap.Remedy)),
                    .. input.NotCounted.Select(row => ImmutableArray.Create<Passage>(Number(row.Trials), row.Named, $"not counted for {row.Claims}", row.Reason, row.Remedy)),
                ]),
        ]);

    private static Section? Remarks(ReportInput input) =>
        input.Hosts.SelectMany(host => host.Remarks).Distinct().Concat(ImagesOfHosts(input)).ToImmutableArray() is { IsEmpty: false } remarks
            ? new Section("remarks", "Caveats", [new Block.Bullets([.. remarks.Select(Passage.FromString)])])
            : null;

    // A merged run may have one userland of several images: of each architecture, and where a host makes it of its own program, of each host.
    private static IEnumerable<string> ImagesOfHosts(ReportInput input) =>
        from row in input.Trials.Where(trial => trial.ImageDigest.Length > 0).Select(trial => (trial.HostId, trial.Cell, trial.ImageDigest)).Distinct()
        group (row.HostId, row.ImageDigest) by Cell.Parse(row.Cell).Userland into userland
        let hosts = userland.GroupBy(one => one.ImageDigest, one => one.HostId).OrderBy(image => image.Key, StringComparer.Ordinal).ToList()
        where hosts.Count > 1 && userland.Select(one => one.HostId).Distinct().Count() > 1
        orderby userland.Key
        select $"{userland.Key} was another image on other hosts: {string.Join(", ", hosts.Select(image => $"{image.Key[..Math.Min(image.Key.Length, image.Key.LastIndexOf(':') + 13)]} on {string.Join(" and ", image.Distinct().Order(StringComparer.Ordinal))}"))}. What is timed is compared on one host only, so with one image.";

    private static Section Again(ReportInput input)
    {
        var tool = input.Hosts[0].Tool;
        var commit = tool.Commit is { } known ? $" (commit {known[..Math.Min(12, known.Length)]}{(tool.Dirty == true ? ", with changes that are not in it" : "")})" : "";
        var fromLock = File.Exists(input.Folder.UserlandsLock) ? ", with the same images" : "";
        return new Section(Reproduce, "How to reproduce",
        [
            new Block.Lines("sh", Reproduction.Command(input)),
            new Block.Paragraph(
            [
                new Inline.Plain($"plans the same trials in the same order{fromLock}, where the harness is the one that wrote this{commit} and this folder lies in results/. This run's command line and what it was made from are in "),
                new Inline.Link("plan.json", "plan.json"),
                new Inline.Plain(" and "),
                new Inline.Link("definitions", "definitions"),
                new Inline.Plain(". To judge its rows again without this program, call DuckDB in its folder, once for each experiment:"),
            ]),
            new Block.Lines("sh", string.Join('\n', Reproduction.Judging(input))),
        ]);
    }

    private static Section Environments(ReportInput input) => new("environment", "Environment",
    [
        .. input.Hosts.Select(host => new Block.Grid(
            $"Host {host.HostId}", [new(""), new("")],
            [.. EnvironmentTable.Rows(host).Select(row => ImmutableArray.Create<Passage>(row.Name, row.Value))])),
    ]);

    private static Passage Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
