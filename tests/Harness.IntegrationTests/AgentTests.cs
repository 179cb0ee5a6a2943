using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Harness.Core.Protocol;
using Xunit;

namespace Harness.IntegrationTests;

[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class AgentTests
{
    private const int ENOENT = 2;
    private const int ENOEXEC = 8;
    private const int EACCES = 13;
    private const int ENOSYS = 38;

    public AgentTests() => Assert.SkipWhen(AgentRun.Unavailable is not null, AgentRun.Unavailable ?? "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_kernel_builtin_reads_what_proc_says()
    {
        var run = await Run(new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "kernel"));
        var texts = run.Frames.OfType<TextFrame>().ToDictionary(frame => frame.Metric, frame => frame.Text.ToString());
        var numbers = run.Frames.OfType<NumberFrame>().ToDictionary(frame => frame.Metric, frame => frame.Value);
        var hello = Assert.IsType<HelloFrame>(run.Frames[0]);

        Assert.Equal("Linux", texts["sysname"]);
        Assert.Equal("x86_64", texts["machine"]);
        Assert.Equal(Proc("sys/kernel/osrelease"), texts["release"]);
        Assert.Equal(Proc("sys/kernel/version"), texts["version"]);
        Assert.Equal(Proc("sys/kernel/random/boot_id"), texts["boot_id"]);
        Assert.Equal(Proc("version"), texts["proc_version"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync("/proc/cmdline", Cancellation))), texts["cmdline_sha256"]);
        Assert.Equal(VsyscallMap(), texts["vsyscall_map"]);
        var btime = Proc("stat").Split('\n').Single(line => line.StartsWith("btime ", StringComparison.Ordinal))["btime ".Length..];
        Assert.InRange(numbers["btime"] - long.Parse(btime, CultureInfo.InvariantCulture), -1, 1);
        Assert.Equal(hello.ProcessId, numbers["pid"]);
        Assert.Equal(hello.FirstMonotonicNs, numbers["first_monotonic_ns"]);
        Assert.Equal(hello.FirstBoottimeNs, numbers["first_boottime_ns"]);
        Assert.InRange(numbers["monotonic_ns"], hello.FirstMonotonicNs, run.Ended().EndedNs);
        Assert.True(texts.ContainsKey("unavailable") || numbers.ContainsKey("timens_monotonic_ns"));
    }

    [Fact]
    public async Task A_script_is_run_by_the_shell_and_its_status_and_streams_are_reported()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "read line && echo unexpected\necho out\necho err >&2\nexit 3\n", Cancellation);
        try
        {
            var run = await Run(new ScriptProbe(4, TimeSpan.FromSeconds(20), 100, path));
            var ended = run.Ended(4);

            Assert.Equal((EndKind.Exited, 3, ""), (ended.Kind, ended.Code, ended.Detail));
            Assert.Equal(("out\n", "err\n"), (run.Output(4), run.Output(4, 2)));
            Assert.InRange(ended.StartedNs, run.Frames.OfType<ProbeStartedFrame>().Single().MonotonicNs, ended.EndedNs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_signal_that_ends_a_probe_is_reported_as_such()
    {
        var run = await Run(AgentRun.Shell("kill -SEGV $$"));

        Assert.Equal((EndKind.Signaled, 11), (run.Ended().Kind, run.Ended().Code));
    }

    [Fact]
    public async Task A_probe_finds_the_plans_environment_default_signals_and_three_descriptors()
    {
        var run = await Run(AgentRun.Shell("env; echo /proc/self/fd/*; grep -E '^Sig(Blk|Ign)' /proc/self/status"));
        var lines = run.Output().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("PATH=/usr/bin:/bin", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("HOME=", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("/fd/4", StringComparison.Ordinal));   // 3 is the listing itself
        Assert.Contains("SigBlk:\t0000000000000000", lines);
        Assert.Contains("SigIgn:\t0000000000000000", lines);
    }

    [Theory]
    [InlineData("sleep 60")]
    [InlineData("trap '' TERM HUP INT; while :; do sleep 1; done")]
    [InlineData("exec >&- 2>&-; sleep 60")]
    [InlineData("kill -STOP $$")]
    [InlineData("setsid sh -c 'setsid sleep 4242 & sleep 4242' & sleep 4242")]
    public async Task A_hang_is_killed_at_its_timeout_with_all_that_it_started(string command)
    {
        var clock = Stopwatch.StartNew();
        var run = await Run(AgentRun.Shell(command, seconds: 0.5));

        Assert.Equal(EndKind.TimedOut, run.Ended().Kind);
        Assert.InRange(TimeSpan.FromMicroseconds((run.Ended().EndedNs - run.Ended().StartedNs) / 1000.0).TotalSeconds, 0.5, 10);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 15);
        Assert.Empty(Processes("sleep\04242\0"));
    }

    [Fact]
    public async Task A_grandchild_that_holds_the_output_open_does_not_keep_the_agent()
    {
        var run = await Run(
            AgentRun.Shell("(setsid sleep 4343 &); echo before"),
            new ExecProbe(1, TimeSpan.FromSeconds(20), 100, ["/bin/echo", "next"]));

        Assert.Equal((EndKind.Exited, 0, "before\n"), (run.Ended().Kind, run.Ended().Code, run.Output()));
        Assert.Equal("next\n", run.Output(1));
        Assert.Empty(Processes("sleep\04343\0"));
    }

    [Fact]
    public async Task A_probe_that_closes_its_output_is_waited_for()
    {
        var run = await Run(AgentRun.Shell("exec >&- 2>&-; sleep 0.3; exit 5"));

        Assert.Equal((EndKind.Exited, 5), (run.Ended().Kind, run.Ended().Code));
        Assert.True(run.Ended().EndedNs - run.Ended().StartedNs >= 300_000_000);
    }

    [Fact]
    public async Task A_flood_is_cut_at_the_limit()
    {
        var run = await Run(AgentRun.Shell("yes", limit: 100_001));

        Assert.Equal(EndKind.OutputLimit, run.Ended().Kind);
        Assert.Equal(100_001, run.Output().Length);
    }

    [Fact]
    public async Task Output_up_to_the_limit_is_whole_and_one_byte_more_is_over_it()
    {
        var probe = AgentRun.Shell("printf 12345; printf 67890 >&2", limit: 10);
        var within = await Run(probe);
        var over = await Run(probe with { OutputLimit = 9 });

        Assert.Equal((EndKind.Exited, "12345", "67890"), (within.Ended().Kind, within.Output(), within.Output(0, 2)));
        Assert.Equal(EndKind.OutputLimit, over.Ended().Kind);
        Assert.Equal(9, over.Output().Length + over.Output(0, 2).Length);
    }

    [Fact]
    public async Task A_megabyte_of_output_comes_through_byte_for_byte()
    {
        var run = await Run(AgentRun.Shell("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; head -c 1000000 /dev/zero", limit: 1 << 30));

        Assert.Equal(
            string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i}\n")) + new string('\0', 1_000_000),
            run.Output());
    }

    [Fact]
    public async Task A_program_that_is_there_and_lacks_its_interpreter_is_not_said_to_be_missing()
    {
        var folder = Directory.CreateTempSubdirectory("agent-").FullName;
        try
        {
            string Write(string name, byte[] content)
            {
                var path = Path.Combine(folder, name);
                File.WriteAllBytes(path, content);
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
                return path;
            }

            var dynamic = File.ReadAllBytes(Path.Combine(Runtimes.EngineMachine.Agents, "dynamic-x86_64"));
            var loader = "/lib64/ld-linux-x86-64.so."u8;
            dynamic[dynamic.AsSpan().IndexOf(loader) + loader.Length] = (byte)'9';
            var program = Write("program", dynamic);
            var script = Write("script", [.. "#! "u8, .. System.Text.Encoding.UTF8.GetBytes(folder), .. "/none -x\n"u8]);
            var nested = Write("nested", [.. "#!"u8, .. System.Text.Encoding.UTF8.GetBytes(script), (byte)'\n']);

            Assert.Equal((EndKind.Refused, ENOENT, $"{program}: its interpreter /lib64/ld-linux-x86-64.so.9 does not exist"), await Refusal(program));
            Assert.Equal((EndKind.Refused, ENOENT, $"{script}: its interpreter {folder}/none does not exist"), await Refusal(script));
            Assert.Equal((EndKind.Refused, ENOENT, $"{nested}: its interpreter {script}: its interpreter {folder}/none does not exist"), await Refusal(nested));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_program_that_the_host_would_not_execute_is_the_host_s_failure_and_no_refusal()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can mount");
        var folder = Directory.CreateTempSubdirectory("agent-").FullName;
        try
        {
            await ShellAsync($"mount -t tmpfs -o noexec none {folder}; cp /bin/true {folder}/true; printf '#!{folder}/true\\n' >{folder}.sh; chmod 755 {folder}.sh");
            Assert.Equal((EndKind.AgentFailed, EACCES, $"{folder}/true lies on a file system that is mounted noexec"), await Refusal($"{folder}/true"));
            Assert.Equal((EndKind.AgentFailed, EACCES, $"{folder}.sh: its interpreter {folder}/true lies on a file system that is mounted noexec"), await Refusal($"{folder}.sh"));
        }
        finally
        {
            await ShellAsync($"umount {folder}; rm -rf {folder} {folder}.sh");
        }
    }

    [Fact]
    public async Task A_user_that_may_have_no_more_processes_is_the_host_s_failure_and_no_refusal()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become another user");
        // Of root's own number, a limit is none.
        var run = await AgentRun.StartUnder(["setpriv", "--reuid", "64999", "--clear-groups", "prlimit", "--nproc=1"], Cancellation, AgentRun.Shell("true"));
        Assert.Equal((EndKind.AgentFailed, 11), (run.Ended().Kind, run.Ended().Code));
    }

    [Fact]
    public async Task What_cannot_be_executed_is_refused_with_its_errno()
    {
        var foreign = Path.GetTempFileName();
        // A header for a machine that does not exist, so that no binfmt_misc entry takes it.
        byte[] elf = [0x7F, .. "ELF"u8, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xEF, 0xBE, 1, 0, 0, 0];
        await File.WriteAllBytesAsync(foreign, [.. elf, .. new byte[200]], Cancellation);
        try
        {
            Assert.Equal((EndKind.Refused, ENOENT, "/no/such does not exist"), await Refusal("/no/such"));
            Assert.Equal((EndKind.Refused, EACCES, foreign), await Refusal(foreign));
            File.SetUnixFileMode(foreign, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            Assert.Equal((EndKind.Refused, ENOEXEC, foreign), await Refusal(foreign));
        }
        finally
        {
            File.Delete(foreign);
        }
    }

    [Fact]
    public async Task A_builtin_that_the_agent_lacks_fails_alone()
    {
        var run = await Run(
            new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "nonsense"),
            new BuiltinProbe(1, TimeSpan.FromSeconds(20), 0, "kernel"));

        Assert.Equal((EndKind.AgentFailed, ENOSYS), (run.Ended().Kind, run.Ended().Code));
        Assert.Equal(EndKind.Exited, run.Ended(1).Kind);
    }

    [Theory]
    [InlineData("", "cut off")]
    [InlineData("harness-plan\t1\n", "version 2")]
    [InlineData("harness-plan\t2\nkey\t000102030405060708090a0b0c0d0e0f\nend\n", "unknown")]
    [InlineData("harness-plan\t2\n", "no end")]
    [InlineData("harness-plan\t2\nend", "cut off")]
    [InlineData("harness-plan\t2\nprobe\t0\t0\t1\tbuiltin\tkernel\nend\n", "timeout")]
    public async Task A_plan_that_is_not_one_is_refused_with_a_sentence(string plan, string reason)
    {
        var run = await AgentRun.Start(plan, Cancellation);

        Assert.Equal((70, true), (run.ExitCode, run.Frames.IsEmpty));
        Assert.Contains(reason, run.Stderr, StringComparison.Ordinal);
    }

    private static async Task<AgentRun> Run(params AgentProbe[] probes)
    {
        var run = await AgentRun.Start(Cancellation, [.. probes]);
        Assert.Equal((0, "", null), (run.ExitCode, run.Stderr, run.Error));
        return run;
    }

    private static async Task ShellAsync(string command)
    {
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync(Cancellation);
    }

    private static async Task<(EndKind, int, string)> Refusal(string path)
    {
        var ended = (await Run(new ExecProbe(0, TimeSpan.FromSeconds(20), 100, [path]))).Ended();
        return (ended.Kind, ended.Code, ended.Detail);
    }

    private static string Proc(string name) => File.ReadAllText("/proc/" + name).TrimEnd('\n');

    private static string VsyscallMap() =>
        Proc("self/maps").Split('\n').FirstOrDefault(line => line.EndsWith("[vsyscall]", StringComparison.Ordinal))?.Split(' ')[1] ?? "absent";

    private static IEnumerable<string> Processes(string commandLine) => Directory.GetDirectories("/proc").Where(directory =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")) == commandLine;
        }
        catch (IOException)
        {
            return false;
        }
    });
}
