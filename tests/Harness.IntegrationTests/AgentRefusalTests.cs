using System.Runtime.Versioning;
using Harness.Core.Protocol;

namespace Harness.IntegrationTests;

/// <summary>What the agent says of programs, builtins and plans that it cannot run.</summary>
[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class AgentRefusalTests
{
    private const int ENOENT = 2;
    private const int ENOEXEC = 8;
    private const int EACCES = 13;
    private const int ENOSYS = 38;

    public AgentRefusalTests() => Assert.SkipWhen(AgentRun.Unavailable is not null, AgentRun.Unavailable ?? "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
        var run = await AgentRun.Whole(
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

    private static async Task ShellAsync(string command)
    {
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync(Cancellation);
    }

    private static async Task<(EndKind, int, string)> Refusal(string path)
    {
        var ended = (await AgentRun.Whole(new ExecProbe(0, TimeSpan.FromSeconds(20), 100, [path]))).Ended();
        return (ended.Kind, ended.Code, ended.Detail);
    }
}
