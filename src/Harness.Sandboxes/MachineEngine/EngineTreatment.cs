using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Sandboxes.Machines;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>Whether a container ran in the VM that its cell names: what its agent reads of the kernel, against what was booted.</summary>
internal static class EngineTreatment
{
    private const string CommandLine = "the boot's own mark in /proc/cmdline in the sandbox";

    /// <summary>One reading an aspect, beside those of every container.</summary>
    internal static ImmutableArray<TreatmentReading> Judge(TreatmentFacts facts, MachineSettings machine)
    {
        var release = machine.Kernel.Lock.Release;
        return
        [
            Aspect.Judge("engine", RuntimeNames.DockerInVm, [facts["command line"] is not { } line || machine.Mark is not { } mark ? null
                : line.Split(' ').Contains(mark) ? new Word(true, RuntimeNames.DockerInVm, CommandLine)
                : new Word(false, "one on another kernel", CommandLine)]),
            Aspect.Judge("kernel", release, [facts["release"] is { } seen ? new Word(seen == release, seen, "uname in the sandbox, against the kernel's file") : null]),
            Aspect.Judge("accelerator", machine.Accelerator, [MachineTreatment.Accelerator(facts, machine.Accelerator)]),
        ];
    }
}
