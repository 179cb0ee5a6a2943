using System.Text;
using Harness.Images.Packages;

namespace Harness.Images.Kernels;

/// <summary>The loadable modules of one kernel. Packages ship no list of dependencies, so each module is asked itself.</summary>
internal sealed class KernelModules
{
    private readonly SortedDictionary<string, Func<byte[]>> _files = new(StringComparer.Ordinal);

    /// <summary>Adds a file; what is no module is left out.</summary>
    internal void Add(string path, Func<byte[]> content)
    {
        var file = Path.GetFileName(path);
        var end = file.IndexOf(".ko", StringComparison.Ordinal);
        if (end > 0)
            _files[Name(file[..end])] = content;
    }

    /// <summary>
    /// The wanted modules and what they need, in the order in which they must be loaded, uncompressed: not every kernel
    /// can unpack them itself. A wanted one that is not there is built in, or the kernel does not have it.
    /// </summary>
    internal ImmutableArray<(string Name, byte[] Content)> InOrder(IEnumerable<string> wanted)
    {
        var order = ImmutableArray.CreateBuilder<(string, byte[])>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in wanted)
            Visit(name);
        return order.ToImmutable();

        void Visit(string name)
        {
            if (!_files.TryGetValue(name, out var content) || !seen.Add(name))
                return;
            var module = Packed.Unpack(content());
            foreach (var needed in Needs(module))
                Visit(needed);
            order.Add((name, module));
        }
    }

    /// <summary>The <c>depends=</c> entry of a module's own information.</summary>
    internal static ImmutableArray<string> Needs(ReadOnlySpan<byte> module)
    {
        var mark = "\0depends="u8;
        var at = module.IndexOf(mark);
        if (at < 0)
            return [];
        var rest = module[(at + mark.Length)..];
        var end = rest.IndexOf((byte)0);
        return [.. Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Name)];
    }

    private static string Name(string name) => name.Replace('-', '_');
}
