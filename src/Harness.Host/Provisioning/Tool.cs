using Harness.Host.Processes;

namespace Harness.Host.Provisioning;

/// <summary>A program that is needed, and the Debian package that has it.</summary>
/// <param name="Program">Its name on PATH; empty where <see cref="File"/> is what is needed.</param>
/// <param name="Package">The package.</param>
/// <param name="Optional">Not every distribution has the package; without it only some cells are unavailable.</param>
public sealed record Tool(string Program, string Package, bool Optional = false)
{
    /// <summary>The path of a file that is needed instead of a program; else empty.</summary>
    public string File { get; init; } = "";

    /// <summary>Whether this host has it.</summary>
    internal bool IsThere => File.Length > 0 ? System.IO.File.Exists(File) : Machine.FindProgram(Program) is not null;
}
