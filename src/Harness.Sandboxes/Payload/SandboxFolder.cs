using System.Text;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Userlands;

namespace Harness.Sandboxes.Payload;

/// <summary>What a <see cref="SandboxArchive"/> holds as a folder of this machine, to be mounted at <c>/.harness</c> or used where it is.</summary>
internal static class SandboxFolder
{
    /// <summary>Writes one.</summary>
    /// <param name="paths">Where temporary folders are.</param>
    /// <param name="guard">Removes it where the harness is killed.</param>
    /// <param name="agent">The agent's file.</param>
    /// <param name="request">What is to be run.</param>
    /// <param name="plan">Makes the plan's text, given the folder.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async Task<TemporaryFolder> CreateAsync(
        EnginePaths paths, GuardLink guard, string agent, SandboxRequest request, Func<string, string> plan, CancellationToken cancellation)
    {
        var folder = await TemporaryFolder.CreateAsync(paths, guard);
        try
        {
            // A container's root without capabilities is a stranger to another user's private files. The folder's parent stays private.
            MakeExecutable(folder.Path);
            foreach (var (name, content) in request.Programs)
            {
                var file = Path.Combine(folder.Path, name);
                await File.WriteAllBytesAsync(file, content.AsMemory(), cancellation);
                MakeExecutable(file);
            }

            var program = Path.Combine(folder.Path, "agent");
            File.Copy(agent, program);
            MakeExecutable(program);
            foreach (var (name, content) in request.Files)
            {
                var file = Path.Combine(folder.Path, name);
                MakeExecutable(Directory.CreateDirectory(Path.GetDirectoryName(file)!).FullName);
                await File.WriteAllBytesAsync(file, content.AsMemory(), cancellation);
                MakeReadable(file);
            }

            var text = Path.Combine(folder.Path, "plan");
            await File.WriteAllTextAsync(text, plan(folder.Path), new UTF8Encoding(false), cancellation);
            MakeReadable(text);
            foreach (var file in request.Programs.Keys.Append(Path.GetFileName(program)))
                await FreshProgram.SettleAsync(Path.Combine(folder.Path, file), FreshProgram.Patience, cancellation);
            return folder;
        }
        catch
        {
            await folder.DisposeAsync();
            throw;
        }
    }

    private static void MakeExecutable(string path) => SetMode(path, ReproducibleTar.Executable);

    private static void MakeReadable(string path) => SetMode(path, ReproducibleTar.File);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
