using Harness.Benchmarks;
using Harness.Benchmarks.Measuring;
using Harness.Cli;
using Spectre.Console.Testing;

namespace Harness.Tests.Benchmarks;

public sealed class MatrixCommandTests
{
    [Fact]
    public async Task An_unknown_benchmark_is_one_line_that_names_the_known_ones()
    {
        using var answer = new TestConsole();
        using var error = new TestConsole();

        var code = await MatrixCommand.RunAsync(["matrix", "--only", "speed"], new Terminal(answer, error));

        Assert.Equal(3, code);
        Assert.Equal("", answer.Output);
        Assert.Equal("benchmarks: There is no benchmark 'speed'; choose one of: floor, docker, list, resume, cells\n", error.Output);
    }

    [Fact]
    public void A_single_sample_has_no_spread()
    {
        Assert.Equal(new Summary(1, 2, null, 2, 2), Summary.Of([2]));
        Assert.Equal(new Summary(4, 2.5, 1, 1, 4), Summary.Of([4, 1, 3, 2]));
    }

    [Fact]
    public void A_ratio_is_taken_within_each_round()
    {
        Assert.Equal(2, Summary.OfRatio([2, 20, 6], [1, 10, 2]).Median);
    }
}
