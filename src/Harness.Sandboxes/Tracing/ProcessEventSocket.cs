using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Tracing;

/// <summary>What the kernel says of one process.</summary>
/// <param name="Kind">One of the constants of <see cref="ProcessEventSocket"/>.</param>
/// <param name="Process">Its id; of an answer the error's number.</param>
/// <param name="Ns">When, on CLOCK_MONOTONIC.</param>
internal readonly record struct ProcessEvent(uint Kind, int Process, long Ns);

/// <summary>
/// The kernel's process connector: an event for every process that runs another program or ends, with the kernel's own
/// CLOCK_MONOTONIC. Only root in the host's first network, user and PID namespaces hears it, so no container does, and only the
/// kernel is believed. Source: Documentation/driver-api/connector.rst, linux/cn_proc.h.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ProcessEventSocket : IDisposable
{
    /// <summary>The answer to who asked to listen.</summary>
    internal const uint Answer = 0;

    /// <summary>A process runs another program from now on.</summary>
    internal const uint Exec = 2;

    /// <summary>A process has ended.</summary>
    internal const uint Exit = 0x80000000;

    /// <summary>Events were dropped: what came is not the whole.</summary>
    internal const uint Lost = uint.MaxValue;

    private const int NetlinkFamily = 16, ConnectorProtocol = 11, ProcessIndex = 1, DoneMessage = 3;
    private const int NetlinkHeader = 16, ConnectorHeader = 20, EventHead = 16;
    private const int SocketLevel = 1, BufferForced = 33, ReceiveTimeout = 20;
    private const int NoBuffer = 105, NotPermitted = 1, NoProtocol = 93;
    private const int Listen = 1, Ignore = 2;
    private const int AnswerPatienceMs = 500, PauseUs = 20_000;

    private readonly int _file;
    private readonly byte[] _message = new byte[4096];
    private readonly byte[] _sender = new byte[12];

    private ProcessEventSocket(int file) => _file = file;

    /// <summary>Begins to listen. Null with the reason where this host lets nobody, or not this user.</summary>
    internal static ProcessEventSocket? Open(out string reason)
    {
        // SOCK_DGRAM | SOCK_CLOEXEC.
        var file = Native.Socket(NetlinkFamily, Native.Datagram, ConnectorProtocol);
        if (file < 0)
        {
            reason = Said(Marshal.GetLastPInvokeError());
            return null;
        }

        var socket = new ProcessEventSocket(file);
        if (!socket.Begin(out reason))
        {
            socket.Dispose();
            return null;
        }

        return socket;
    }

    /// <summary>The next event; null where none came within some milliseconds.</summary>
    internal ProcessEvent? Receive()
    {
        var length = _sender.Length;
        var count = Native.ReceiveFrom(_file, _message, (nuint)_message.Length, 0, _sender, ref length);
        if (count < 0)
            return Marshal.GetLastPInvokeError() == NoBuffer ? new ProcessEvent(Lost, 0, 0) : null;
        // The kernel's own port is 0; any other sender is a program.
        if (BinaryPrimitives.ReadUInt32LittleEndian(_sender.AsSpan(4)) != 0 || count < NetlinkHeader + ConnectorHeader + EventHead + 8)
            return null;
        var body = _message.AsSpan(NetlinkHeader + ConnectorHeader);
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(body);
        var (thread, process) = (BinaryPrimitives.ReadInt32LittleEndian(body[EventHead..]), BinaryPrimitives.ReadInt32LittleEndian(body[(EventHead + 4)..]));
        var ns = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        // An answer has an error's number there. Of a process's other threads nothing is of interest.
        return kind == Answer ? new ProcessEvent(kind, thread, ns) : thread == process ? new ProcessEvent(kind, process, ns) : null;
    }

    public void Dispose()
    {
        // Kernels before 6.6 count listeners and never forget one that only closes.
        Tell(Ignore);
        _ = Native.Close(_file);
    }

    private bool Begin(out string reason)
    {
        var address = new byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(address, NetlinkFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(8), ProcessIndex);
        var buffer = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, 1 << 20);
        var pause = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(pause.AsSpan(8), PauseUs);
        _ = Native.SetOption(_file, SocketLevel, BufferForced, buffer, buffer.Length);
        if (Native.SetOption(_file, SocketLevel, ReceiveTimeout, pause, pause.Length) != 0 || Native.Bind(_file, address, address.Length) != 0 || !Tell(Listen))
        {
            reason = Said(Marshal.GetLastPInvokeError());
            return false;
        }

        reason = "the kernel tells no process events here: it tells them in the host's first user and PID namespaces only, and where it was built with CONFIG_PROC_EVENTS";
        for (var began = Environment.TickCount64; Environment.TickCount64 - began < AnswerPatienceMs;)
        {
            if (Receive() is not { } heard)
                continue;
            // Any other event proves it too: an answer can be lost among many.
            if (heard is not { Kind: Answer, Process: not 0 })
                return true;
            reason = Said(heard.Process);
            return false;
        }

        return false;
    }

    private bool Tell(int what)
    {
        var message = new byte[NetlinkHeader + ConnectorHeader + 4];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteInt16LittleEndian(message.AsSpan(4), DoneMessage);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(NetlinkHeader), ProcessIndex);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(NetlinkHeader + 4), ProcessIndex);
        BinaryPrimitives.WriteInt16LittleEndian(message.AsSpan(NetlinkHeader + 16), 4);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(NetlinkHeader + ConnectorHeader), what);
        return Native.Send(_file, message, (nuint)message.Length, 0) == message.Length;
    }

    private static string Said(int error) => error switch
    {
        NotPermitted => "only root hears the kernel's process events: run as root",
        NoProtocol => "the kernel has no process connector: it was built without CONFIG_CONNECTOR or CONFIG_PROC_EVENTS",
        _ => string.Create(CultureInfo.InvariantCulture, $"the kernel's process events cannot be heard ({Marshal.GetPInvokeErrorMessage(error)})"),
    };
}
