using System.Security.Cryptography;
using System.Text;
using Harness.Host.Paths;

namespace Harness.Images.Userlands;

/// <summary>
/// Says that a run uses an image, by a shared lock that the kernel releases with the process: runs may share an engine, and the one that pulled
/// an image must not take it away under another.
/// </summary>
internal sealed class ImageLease : IDisposable
{
    private readonly FileStream _file;

    private ImageLease(FileStream file) => _file = file;

    /// <summary>Held as long as the image is used; null where it is being removed just now, or the folder cannot be locked.</summary>
    internal static ImageLease? TryShare(EnginePaths paths, string imageId) => TryOpen(paths, imageId, FileAccess.Read, FileShare.Read);

    /// <summary>Held while the image is removed; null where anybody uses it.</summary>
    internal static ImageLease? TryOwn(EnginePaths paths, string imageId) => TryOpen(paths, imageId, FileAccess.ReadWrite, FileShare.None);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ImageLease? TryOpen(EnginePaths paths, string imageId, FileAccess access, FileShare share)
    {
        EnginePaths.CreatePrivate(paths.ImageLeases);
        try
        {
            return new ImageLease(new FileStream(Path.Combine(paths.ImageLeases, Name(imageId)), FileMode.OpenOrCreate, access, share, bufferSize: 0));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Name(string imageId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(imageId)))[..32] + ".lock";
}
