using System.Text;
using Harness.Engines.Guarding;
using Harness.Host.Guarding;

namespace Harness.Tests.Runtimes;

public sealed class GuardLineTests
{
    public static TheoryData<GuardLine> Lines => new((GuardLine[])[
        new GuardLine.Containers("unix:///run/docker.sock", "harness.run=r1"),
        new GuardLine.Containers("tcp://engine.example:2376", "harness.run=r1", "/home/u/certificates"),
        new GuardLine.Containers("tcp://engine.example:2376", "harness.run=r1", @"C:\Users\u\.docker"),
        new GuardLine.Containers("tcp://engine.example:2376", "harness.run=r1", @"\\server\home\u\.docker"),
        new GuardLine.PrivateEngine("/root/.cache/harness"),
        new GuardLine.Watch(4711, 123456),
        new GuardLine.Forget(4711),
        new GuardLine.Remove("/root/.cache/harness/tmp/1 with a space"),
        new GuardLine.Keep("/root/.cache/harness/tmp/1"),
        new GuardLine.Done(),
    ]);

    [Theory]
    [MemberData(nameof(Lines))]
    public void What_is_said_is_understood(GuardLine line) => Assert.Equal(line, GuardLine.Parse(line.Format()));

    [Theory]
    [InlineData("")]
    [InlineData("pid\t1\t5")]
    [InlineData("pid\t-1\t5")]
    [InlineData("pid\t0\t5")]
    [InlineData("pid\t12")]
    [InlineData("remove\t/")]
    [InlineData("remove\t/root")]
    [InlineData("remove\t/root/.cache")]
    [InlineData("remove\t/root/.cache/../..")]
    [InlineData("remove\trelative/path/to/file")]
    [InlineData("private-engine\tcache")]
    [InlineData("containers\tunix:///run/docker.sock\tharness.run")]
    [InlineData("containers\ttcp://engine.example:2376\tharness.run=r1\tC")]
    [InlineData("containers\ttcp://engine.example:2376\tharness.run=r1\t.docker")]
    [InlineData("something\telse")]
    public void A_torn_or_dangerous_line_does_nothing(string line) => Assert.Null(GuardLine.Parse(line));

    [Fact]
    public void A_word_that_would_be_another_line_is_not_sent() =>
        Assert.Throws<ArgumentException>(() => new GuardLine.Remove("/a/b/c\nremove\t/etc/x/y").Format());

    [Fact]
    public async Task At_the_end_of_the_pipe_what_is_left_to_do_is_what_was_not_taken_back()
    {
        var duty = await Listen("pid\t100\t1\npid\t200\t2\nforget-pid\t100\nremove\t/a/b/c\nremove\t/a/b/d\nkeep\t/a/b/c\nprivate-engine\t/cache\nremove\t/a/b/");

        Assert.False(duty.IsDone);
        Assert.Equal([200], duty.Processes.Keys);
        Assert.Equal(["/a/b/d"], duty.Paths);
        Assert.Equal(["/cache"], duty.PrivateEngines);
    }

    [Fact]
    public async Task A_run_that_said_done_leaves_nothing_to_do() => Assert.True((await Listen("pid\t100\t1\ndone\n")).IsDone);

    private static async Task<GuardDuty> Listen(string text)
    {
        using var pipe = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await Guard.ListenAsync(pipe);
    }
}
