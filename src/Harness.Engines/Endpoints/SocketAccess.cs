using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Host.Paths;

namespace Harness.Engines.Endpoints;

/// <summary>Whether this user may open an engine's socket: a newcomer's first obstacle, and not the engine's fault.</summary>
internal static class SocketAccess
{
    /// <summary>That this user may not open a socket that is there, with the remedy; null where that is not what is wrong.</summary>
    [SupportedOSPlatform("linux")]
    internal static string? Denied(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            return $"permission denied on the engine's socket {path}: {Remedy(path)}";
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // Nobody listens, it is no socket, or no path of one.
            return null;
        }
    }

    private static string Remedy(string path) => OperatingSystem.IsLinux() && OwnedPath.GroupOf(path) is { } id && Group(id) is { } group && id != 0
        ? $"join the group '{group}' (as root: usermod -aG {group} {Environment.UserName}; then log in again), or run as root"
        : "run as root, or name another engine with --engine URI";

    private static string? Group(uint id) => !File.Exists("/etc/group") ? null
        : (from line in File.ReadLines("/etc/group")
           let fields = line.Split(':')
           where fields.Length >= 3 && fields[2] == id.ToString(CultureInfo.InvariantCulture)
           select fields[0]).FirstOrDefault();
}
