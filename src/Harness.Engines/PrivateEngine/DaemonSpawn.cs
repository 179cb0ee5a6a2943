using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>Starts the programs of private engines.</summary>
[SupportedOSPlatform("linux")]
internal static class DaemonSpawn
{
    /// <summary>Starts a program that outlives a terminal and needs nobody to read what it says.</summary>
    /// <param name="program">On PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="log">Where its words go.</param>
    /// <param name="environment">Added to this process's.</param>
    /// <param name="missing">The message where there is no such program, with the remedy.</param>
    /// <exception cref="HarnessException">It is not there, or cannot be started.</exception>
    internal static Process Start(string program, ImmutableArray<string> arguments, string log, ImmutableArray<(string Name, string Value)> environment, string missing)
    {
        var path = Machine.FindProgram(program) ?? throw new HarnessException(missing);
        // A session of its own: Ctrl-C in the terminal is the harness's affair. The shell gives it a log that needs no
        // living reader, and `exec` keeps the process id.
        var setsid = Machine.FindProgram("setsid");
        var info = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add("log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null");
        info.ArgumentList.Add(program);
        info.ArgumentList.Add(log);
        if (setsid is not null)
            info.ArgumentList.Add(setsid);
        info.ArgumentList.Add(path);
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        // systemd's socket activation and readiness messages are meant for another process.
        info.Environment.Remove("NOTIFY_SOCKET");
        info.Environment.Remove("LISTEN_FDS");
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        return Process.Start(info) ?? throw new HarnessException($"{program} could not be started");
    }

    /// <summary>Writes a file made anew, for its owner only, whatever the user's umask is.</summary>
    internal static void WriteOwn(string path, string text)
    {
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The last that a log says of an error, for a message.</summary>
    internal static string LastError(string log)
    {
        var lines = File.ReadAllLines(log);
        var last = lines.LastOrDefault(line => !line.StartsWith("time=", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it said nothing";
        return last.Length > 200 ? last[..200] + "…" : last;
    }
}
