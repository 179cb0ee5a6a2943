using System.Security.Cryptography;
using System.Text;
using Harness.Host.Paths;

namespace Harness.Images.Userlands;

/// <summary>
/// Says that a run uses an image, by a shared lock that the kernel releases with the process: runs may share an engine, and the one that pulled
/// an image must not take it away under another. An image in one engine is not the same image in another; the files that VMs have of it
/// are, so each has a lock of its own.
/// </summary>
internal sealed class ImageLease : IDisposable
{
    private readonly FileStream _file;

    private ImageLease(FileStream file) => _file = file;

    /// <summary>The key of an image in an engine.</summary>
    /// <param name="engine">Which engine.</param>
    /// <param name="imageId">The engine's id of the image.</param>
    internal static string InEngine(string engine, string imageId) => $"{engine} {imageId}";

    /// <summary>Held as long as what the key names is used; null where it is being removed just now, or the folder cannot be locked.</summary>
    internal static ImageLease? TryShare(EnginePaths paths, string key) => TryOpen(paths, key, FileAccess.Read, FileShare.Read);

    /// <summary>Held while it is removed; null where anybody uses it.</summary>
    internal static ImageLease? TryOwn(EnginePaths paths, string key) => TryOpen(paths, key, FileAccess.ReadWrite, FileShare.None);

    /// <summary>A file name for a text of any length.</summary>
    internal static string Name(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ImageLease? TryOpen(EnginePaths paths, string key, FileAccess access, FileShare share)
    {
        EnginePaths.CreatePrivate(paths.ImageLeases);
        try
        {
            return new ImageLease(new FileStream(Path.Combine(paths.ImageLeases, Name(key) + ".lock"), FileMode.OpenOrCreate, access, share, bufferSize: 0));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
