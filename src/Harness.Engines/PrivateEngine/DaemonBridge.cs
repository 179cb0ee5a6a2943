using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// The network bridge of one private daemon. Its own, and made here: Docker makes only <c>docker0</c> by itself, which may be the
/// machine's own Docker's. It touches no firewall and forwards nowhere: containers have an interface, an address and each other.
/// </summary>
internal static class DaemonBridge
{
    private const int AddBridge = 0x89A0;
    private const int DeleteBridge = 0x89A1;
    private const int SetFlags = 0x8914;
    private const int NameSize = 16;

    /// <summary>Its name, which no other daemon's has.</summary>
    internal static string Name(EnginePaths paths) =>
        "harness" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(paths.Root)))[..8];

    /// <summary>Whether it is there.</summary>
    internal static bool Exists(EnginePaths paths) => Directory.Exists("/sys/class/net/" + Name(paths));

    /// <summary>Makes it. False: this machine or this user cannot.</summary>
    [SupportedOSPlatform("linux")]
    internal static bool TryAdd(EnginePaths paths) => Exists(paths) || Call(AddBridge, Name(paths));

    /// <summary>Removes it where it is there.</summary>
    [SupportedOSPlatform("linux")]
    internal static void Remove(EnginePaths paths)
    {
        if (!Exists(paths))
            return;
        // Flags 0: down; one that is up cannot be removed.
        Call(SetFlags, Name(paths));
        Call(DeleteBridge, Name(paths));
    }

    [SupportedOSPlatform("linux")]
    private static bool Call(int request, string name)
    {
        var socket = Native.Socket(Native.Inet, Native.Datagram, 0);
        if (socket < 0)
            return false;
        try
        {
            // A struct ifreq: the name, then flags that stay 0.
            var argument = new byte[40];
            Encoding.ASCII.GetBytes(name).AsSpan(0, Math.Min(name.Length, NameSize - 1)).CopyTo(argument);
            return Native.Control(socket, (nuint)request, argument) == 0;
        }
        finally
        {
            _ = Native.Close(socket);
        }
    }
}
