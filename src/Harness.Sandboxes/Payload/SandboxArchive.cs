using System.Text;
using Harness.Core.Running;
using Harness.Images.Userlands;

namespace Harness.Sandboxes.Payload;

/// <summary>What is copied into a container: the agent, its plan and the files beside it, under <c>/.harness</c>.</summary>
internal static class SandboxArchive
{
    /// <summary>Where everything lies.</summary>
    internal const string Folder = "/.harness";

    /// <summary>Where a container's agent is.</summary>
    internal const string Agent = Folder + "/agent";

    /// <summary>Where a container's plan is.</summary>
    internal const string Plan = Folder + "/plan";

    /// <summary>The archive, to be unpacked at <c>/</c>.</summary>
    internal static async Task<MemoryStream> WriteAsync(ReadOnlyMemory<byte> agent, SandboxRequest request, CancellationToken cancellation)
    {
        var output = new MemoryStream();
        await using (var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch))
        {
            await tar.FolderAsync(".harness/", ReproducibleTar.Executable, cancellation);
            await WriteAsync(tar, "agent", ReproducibleTar.Executable, agent, cancellation);
            foreach (var folder in Folders(request.Files.Keys))
                await tar.FolderAsync($".harness/{folder}/", ReproducibleTar.Executable, cancellation);
            foreach (var (name, content) in request.Files)
                await WriteAsync(tar, name, ReproducibleTar.File, content.AsMemory(), cancellation);
            foreach (var (name, content) in request.Programs)
                await WriteAsync(tar, name, ReproducibleTar.Executable, content.AsMemory(), cancellation);
            await WriteAsync(tar, "plan", ReproducibleTar.File, Encoding.UTF8.GetBytes(request.AgentPlan), cancellation);
        }

        output.Position = 0;
        return output;
    }

    /// <summary>The folders that hold the files, outermost first.</summary>
    internal static ImmutableArray<string> Folders(IEnumerable<string> files) =>
        [.. files.SelectMany(Ancestors).Distinct(StringComparer.Ordinal).OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];

    private static IEnumerable<string> Ancestors(string file)
    {
        for (var slash = file.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = file.IndexOf('/', slash + 1))
            yield return file[..slash];
    }

    private static async Task WriteAsync(ReproducibleTar tar, string name, UnixFileMode mode, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream(content.ToArray(), writable: false);
        await tar.FileAsync(".harness/" + name, mode, bytes, cancellation);
    }
}
