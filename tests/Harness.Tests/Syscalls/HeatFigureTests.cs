using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Reporting.Figures;

namespace Harness.Tests.Syscalls;

public sealed class HeatFigureTests
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Each_square_says_what_it_is_under_the_pointer()
    {
        var squares = Squares(Draw(400));

        Assert.Equal(800, squares.Length);
        Assert.Contains("call 7, Linux 5.1: refused by filter (EPERM)", squares.Select(square => square.Element(_svg + "title")!.Value));
    }

    [Fact]
    public void The_same_call_stands_at_the_same_place_of_every_row()
    {
        var squares = Squares(Draw(400));
        var (first, second) = (squares[..400], squares[400..]);

        Assert.Equal(first.Select(X), second.Select(X));
        Assert.All(squares, square => Assert.InRange(X(square), 0, 680));
    }

    [Fact]
    public void It_draws_the_same_bytes_each_time_and_a_page_for_no_rows()
    {
        Assert.Equal(Draw(50).Svg, Draw(50).Svg);
        Assert.NotEmpty(Draw(0).Png);
        Assert.ThrowsAny<HarnessException>(() => Draw(1001));
    }

    private static double X(XElement square) => double.Parse(square.Attribute("x")!.Value, CultureInfo.InvariantCulture);

    private static XElement[] Squares(FigureImages images) =>
        [.. XDocument.Parse(Encoding.UTF8.GetString([.. images.Svg])).Descendants(_svg + "rect").Where(rect => rect.Element(_svg + "title") is not null)];

    private static FigureImages Draw(int calls) => FigureKinds.Find("heat").Draw(new FigureInput("Calls", "By cell.", new Table(
        ["row", "column", "category", "label", "n", "slot"],
        [
            .. from row in new[] { "host", "runc" }
               from call in Enumerable.Range(0, calls)
               select ImmutableArray.Create<string?>(
                   row, $"call {call}, Linux 5.1", row == "runc" && call == 7 ? "refused by filter" : "implemented", row == "runc" && call == 7 ? "EPERM" : "success", "1", null),
        ])));
}
