using Harness.Core.Planning;
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

    /// <summary>What a runtime's sandboxes need, whose cells alone are unavailable without it; none where they need no program.</summary>
    public static ImmutableArray<Tool> Of(RuntimeDefinition runtime) => runtime.Tool is { } tool ? [new Tool(tool.Program, tool.Package, Optional: true)] : [];

    /// <summary>Whether this host has it.</summary>
    internal bool IsThere => File.Length > 0 ? System.IO.File.Exists(File) : Machine.FindProgram(Program) is not null;
}
