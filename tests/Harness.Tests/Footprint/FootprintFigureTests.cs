using System.Text;
using System.Xml.Linq;

namespace Harness.Tests.Footprint;

/// <summary>The figures of footprint, in the words that they tell.</summary>
public sealed class FootprintFigureTests
{
    [Fact]
    public void One_more_sandbox_is_stacked_by_who_holds_it()
    {
        using var run = new FootprintRun().Containers(4).Machines(guest: 60, translated: 30);

        Assert.Equal(
            [
                "container, docker/runc: 4 MiB (4 MiB to 4 MiB), n = 8; payload 2 MiB, shim, file server 2 MiB",
                "VM, qemu (tcg): 100 MiB (100 MiB to 100 MiB), n = 8; guest's memory 60 MiB, code of TCG 30 MiB, QEMU itself 10 MiB",
            ],
            Words(run, "footprint-parts"));
    }

    [Fact]
    public void What_is_not_told_apart_from_nothing_is_said_so_in_place_of_a_bar()
    {
        using var run = new FootprintRun().Containers(1, noise: [0, 200, -150, 90, -220]).Machines(60, 30);

        Assert.StartsWith("container, docker/runc: not told apart from nothing: ", Words(run, "footprint-parts")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_machines_of_one_name_are_told_apart()
    {
        using var run = new FootprintRun().Machines(60, 30).Machines(50, 30, kernel: "debian-trixie");

        Assert.Equal(2, Words(run, "footprint-parts").Select(line => line.Split(':')[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("footprint-lighter")]
    [InlineData("footprint-accounts")]
    [InlineData("footprint-parts")]
    [InlineData("footprint-growth")]
    [InlineData("footprint-storm")]
    public void Two_images_are_drawn_beside_each_other(string figure)
    {
        using var run = new FootprintRun();
        foreach (var userland in new[] { "one:1", "two:2" })
            run.Of(userland).Containers(4).Machines(60, 30).Storms(FootprintRun.Container(), 20, 1).Storms(FootprintRun.Machine(), 2, 1).Disk();

        Assert.NotEmpty(Words(run, figure));
    }

    private static string[] Words(FootprintRun run, string figure) =>
        [.. XDocument.Parse(Encoding.UTF8.GetString([.. run.Figure(figure).Svg])).Root!.Element(XName.Get("desc", "http://www.w3.org/2000/svg"))!.Value.Split('\n').Skip(1)];
}
