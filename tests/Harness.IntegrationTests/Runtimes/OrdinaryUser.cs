using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>A user of this host who is not root, as long as a test needs one.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OrdinaryUser : IDisposable
{
    private string _copy = "";
    private string _uid = "";

    private OrdinaryUser(string name) => Name = name;

    /// <summary>The user's name.</summary>
    public string Name { get; }

    /// <summary>Makes one, with a home and subordinate ids.</summary>
    public static async Task<OrdinaryUser> CreateAsync()
    {
        var user = new OrdinaryUser("harness-" + Guid.NewGuid().ToString("N")[..8]);
        await RunAsync("useradd", "--create-home", user.Name);
        // A system without these files at that moment gives no ids.
        if (!File.Exists("/etc/subuid") || !File.ReadLines("/etc/subuid").Any(line => line.StartsWith(user.Name + ":", StringComparison.Ordinal)))
            await RunAsync("usermod", "--add-subuids", "500000-565535", "--add-subgids", "500000-565535", user.Name);
        user._uid = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Single(fields => fields[0] == user.Name)[2];
        return user;
    }

    /// <summary>What starts a program as this user; its arguments follow.</summary>
    /// <param name="group">A group's number that the user is in as well; null: none.</param>
    public IReadOnlyList<string> Through(uint? group) =>
    [
        "setpriv", "--reuid", Name, "--regid", Name, .. group is { } number ? ["--groups", number.ToString(CultureInfo.InvariantCulture)] : (string[])["--clear-groups"], "--inh-caps=-all",
        "env", $"HOME=/home/{Name}", $"USER={Name}", $"DOTNET_ROOT={Dotnet}",
    ];

    /// <summary>The harness, where this user can start it: the build's own, or a copy where root alone may enter its folder.</summary>
    public Task<string> HarnessAsync() => ProgramAsync("harness");

    /// <summary>A program of the build, likewise.</summary>
    public async Task<string> ProgramAsync(string name)
    {
        var built = AppContext.BaseDirectory.TrimEnd('/');
        if (await StatusAsync("setpriv", "--reuid", Name, "--regid", Name, "--clear-groups", "test", "-r", Path.Combine(built, "harness.dll")) == 0)
            return Path.Combine(built, name);
        _copy = Directory.CreateTempSubdirectory("h-").FullName;
        // Links where they can be had: the build is large.
        if (await StatusAsync("cp", "--archive", "--link", built, _copy + "/b") != 0)
            await RunAsync("cp", "--archive", built, _copy + "/b");
        // What is started there looks for the repository above itself.
        await RunAsync("cp", "--recursive", Path.Combine(ExperimentsFolder.FindRepository(built)!, "experiments"), _copy);
        await File.WriteAllTextAsync(Path.Combine(_copy, "Harness.sln"), "", TestContext.Current.CancellationToken);
        await RunAsync("chmod", "755", _copy);
        return $"{_copy}/b/{name}";
    }

    /// <summary>Gives a folder with all that is in it to the user.</summary>
    public Task OwnAsync(string folder) => RunAsync("chown", "--recursive", $"{Name}:{Name}", folder);

    public void Dispose()
    {
        // A rootless engine leaves a process that keeps the user's namespaces; a user with processes cannot be removed.
        for (var tries = 0; tries < 100 && ProcessTable.All().Where(IsOwn).ToList() is [_, ..] own; tries++)
        {
            own.ForEach(process => ProcessTable.Signal(process, Native.SigKill));
            Thread.Sleep(100);
        }

        if (_copy.Length > 0)
            FileTree.Delete(_copy);
        using var removal = Process.Start(new ProcessStartInfo("userdel", ["--remove", Name]) { RedirectStandardError = true })!;
        removal.WaitForExit();
    }

    private bool IsOwn(ProcessEntry process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            return line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, var uid, ..] && uid == _uid;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Dotnet => Path.GetDirectoryName(Machine.RealPath(Machine.FindProgram("dotnet")!))!;

    private static async Task RunAsync(string program, params string[] arguments) => Assert.Equal(0, await StatusAsync(program, arguments));

    private static async Task<int> StatusAsync(string program, params string[] arguments) =>
        (await new Command(program, [.. arguments]).RunAsync(TestContext.Current.CancellationToken)).ExitCode;
}
