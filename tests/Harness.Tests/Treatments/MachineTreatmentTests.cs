using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Images.Kernels;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.Treatments;

public sealed class MachineTreatmentTests
{
    private static readonly MachineSettings _microvm = new()
    {
        Name = "m",
        Kernel = new KernelImage("/k", "/k", [], new KernelLock { Id = "k", Release = "6.1", Source = "path", ImageSha256 = "", ImageBytes = 1, Pvh = true, Check = "" }),
        Initramfs = "/i",
        Shape = "microvm",
        Accelerator = "tcg",
        Variant = new MachineVariant(),
        MemoryBytes = 400L << 20,
    };

    private static readonly MachineSelf _honest = new("7.2.22") { Machine = "microvm", Processor = "max", Accelerator = "tcg", MemoryBytes = 400L << 20 };

    [Fact]
    public void What_QEMU_says_proves_what_a_guest_cannot_see() =>
        Assert.All(
            Of(_microvm, _honest).Where(reading => reading.Aspect is "runtime" or "machine" or "processor" or "accelerator" or "memory"),
            reading => Assert.True(reading.State == TreatmentState.Proven && reading.Witness.EndsWith("QEMU's monitor before the guest ran", StringComparison.Ordinal), reading.ToString()));

    [Fact]
    public void Without_its_word_a_microvm_is_only_asked_for() => Assert.Equal(TreatmentState.OnlyAsked, Of(_microvm, null).Single(reading => reading.Aspect == "machine").State);

    [Theory]
    [InlineData("q35", "pc-q35-7.2", true)]
    [InlineData("q35", "pc-q35-10.1", true)]
    [InlineData("q35", "pc-i440fx-7.2", false)]
    [InlineData("q35", "microvm", false)]
    [InlineData("microvm", "microvm", true)]
    [InlineData("microvm", "pc-q35-7.2", false)]
    public void Machine_types_have_their_versions(string asked, string made, bool holds) =>
        Assert.Equal(
            holds ? TreatmentState.Proven : TreatmentState.Contradicted,
            Of(_microvm with { Shape = asked }, _honest with { Machine = made }).Single(reading => reading.Aspect == "machine").State);

    [Fact]
    public void One_aspect_that_QEMU_made_otherwise_is_the_contradiction()
    {
        Assert.Equal("asked for accelerator tcg, ran with kvm (by QEMU's monitor before the guest ran)", Says(_honest with { Accelerator = "kvm" }));
        Assert.Equal("asked for processor max, ran with qemu64 (by QEMU's monitor before the guest ran)", Says(_honest with { Processor = "qemu64" }));
        Assert.Equal("asked for memory 400 MiB, ran with 399.5 MiB (by QEMU's monitor before the guest ran)", Says(_honest with { MemoryBytes = (400L << 20) - (1 << 19) }));
        Assert.Null(Says(_honest));
        Assert.Null(Says(new MachineSelf("7.2.22")));
    }

    [Fact]
    public void A_machine_whose_start_is_measured_is_asked_for_as_one_that_is_questioned()
    {
        var timed = _microvm.Arguments();

        Assert.Equal([.. timed, "-S", "-chardev", "socket,id=monitor,path=/f,,1/monitor", "-mon", "chardev=monitor,mode=control"], (_microvm with { Monitor = "/f,1/monitor" }).Arguments());
        Assert.DoesNotContain("-S", timed);
    }

    private static ImmutableArray<TreatmentReading> Of(MachineSettings machine, MachineSelf? self) => MachineTreatment.Judge(new TreatmentFacts(), machine, self, null);

    private static string? Says(MachineSelf self) => Harness.Core.Model.Treatments.Contradiction(Of(_microvm, self));
}
