using System.Text;
using Harness.Core.Running;
using Harness.Engines.Contract;

namespace Harness.Sandboxes.Payload;

/// <summary>The first 4 KiB of what a sandbox wrote to standard error, for messages.</summary>
internal sealed class KeptText
{
    private readonly byte[] _bytes = new byte[4096];
    private int _count;

    /// <summary>Takes as much as there is room for.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        var taken = bytes[..Math.Min(bytes.Length, _bytes.Length - _count)];
        taken.CopyTo(_bytes.AsSpan(_count));
        _count += taken.Length;
    }

    /// <summary>
    /// What the end of a sandbox means. One that ended badly without a word on the channel never was an agent at
    /// work: by the time the kernel refuses a program, runc has reported the container as started, says so on
    /// standard error and exits with 1.
    /// </summary>
    internal SandboxEnd End(int exitCode, bool outOfMemory, bool anyOutput, bool toolFailed = false)
    {
        var text = OneLine();
        if (toolFailed)
            return new SandboxEnd.Failed(text.Length > 0 ? text : $"exit status {exitCode}");
        if (anyOutput || exitCode == 0 || outOfMemory || text.Length == 0)
            return new SandboxEnd.Exited(exitCode, outOfMemory);
        return EngineErrors.IsRefusal(text) ? new SandboxEnd.Refused(text) : new SandboxEnd.Failed($"exit status {exitCode}: {text}");
    }

    private string OneLine() =>
        string.Join(' ', Encoding.UTF8.GetString(_bytes, 0, _count).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
