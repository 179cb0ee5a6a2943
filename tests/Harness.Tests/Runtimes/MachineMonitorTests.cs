using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Harness.Host.Processes;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.Runtimes;

[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class MachineMonitorTests : IDisposable
{
    private const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}""";
    private const string Fine = """{"return": {}}""";
    private const string Refused = """{"error": {"class": "CommandNotFound", "desc": "no"}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("h-").FullName;

    [Fact]
    public async Task Each_answer_is_taken_for_its_question_whatever_events_come_between()
    {
        var (monitor, asked) = await TalkAsync(
            Greeting, Fine, """{"return": "microvm-machine"}""", """{"event": "X", "timestamp": {"seconds": 1}}""" + "\n" + """{"return": [{"qom-path": "/machine/cpu"}]}""",
            """{"return": "max-x86_64-cpu"}""", """{"return": {"enabled": false, "present": true}}""", """{"return": {"human-readable-text": ""}}""",
            """{"return": {"base-memory": 1048576}}""", Fine);

        Assert.Equal(new MachineSelf("7.2.22") { Machine = "microvm", Processor = "max", Accelerator = "tcg", MemoryBytes = 1 << 20 }, monitor.Self);
        Assert.True(monitor.IsReleased);
        Assert.Equal("""{"execute":"cont"}""", asked[^1]);
        Assert.Contains("""{"execute":"qom-get","arguments":{"path":"/machine/cpu","property":"type"}}""", asked);
    }

    [Fact]
    public async Task What_it_does_not_know_is_not_said_and_its_guest_runs()
    {
        var (monitor, _) = await TalkAsync(Greeting, Fine, Refused, Refused, Refused, Refused, Refused, Fine);

        Assert.Equal(new MachineSelf("7.2.22"), monitor.Self);
        Assert.True(monitor.IsReleased);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"QMP": {"version": 3}}""")]
    public async Task One_that_speaks_otherwise_has_said_nothing(string greeting)
    {
        var (monitor, _) = await TalkAsync(greeting);

        Assert.Null(monitor.Self);
        Assert.False(monitor.IsReleased);
    }

    [Fact]
    public async Task Nobody_else_may_call_and_nobody_waits_for_a_call_that_never_comes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "QEMU is run on Linux");
        using var monitor = MachineMonitor.In(_folder)!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(monitor.Path));
        var talk = monitor.TalkAsync(TestContext.Current.CancellationToken);

        monitor.Hush();

        await talk;
        Assert.Null(monitor.Self);
    }

    [Fact]
    public void A_path_that_no_socket_can_have_leaves_nothing_to_ask()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "QEMU is run on Linux");
        Assert.Null(MachineMonitor.In(Path.Combine(_folder, new string('x', 108))));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(MachineMonitor Monitor, List<string> Asked)> TalkAsync(string greeting, params string[] answers)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "QEMU is run on Linux");
        var token = TestContext.Current.CancellationToken;
        using var monitor = MachineMonitor.In(_folder)!;
        var talk = monitor.TalkAsync(token);
        var asked = new List<string>();
        using (var qemu = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await qemu.ConnectAsync(new UnixDomainSocketEndPoint(monitor.Path), token);
            await using var stream = new NetworkStream(qemu);
            using var reader = new StreamReader(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(greeting + "\r\n"), token);
            foreach (var answer in answers)
            {
                asked.Add((await reader.ReadLineAsync(token))!);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\r\n"), token);
            }
        }

        await talk;
        Assert.False(File.Exists(monitor.Path));
        return (monitor, asked);
    }
}
