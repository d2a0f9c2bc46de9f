using System.Net;
using System.Net.Sockets;

namespace Streamx.TestUtilities.Servers;

/// <summary>Stands between clients and a server as the network does: bytes can be held up, either way, and connections be ended.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>Bytes to the server go on when it ends.</summary>
    private TaskCompletionSource _toServer = Open();

    /// <summary>Bytes from the server go on when it ends.</summary>
    private TaskCompletionSource _fromServer = Open();

    /// <summary>Both ends of every connection.</summary>
    private readonly HashSet<Socket> _sockets = [];

    private readonly List<Task> _connections = [];

    /// <summary>Whether what is sent is lost.</summary>
    private bool _swallows;

    /// <summary>How often something has been lost on its way from the server.</summary>
    private int _swallowed;

    /// <inheritdoc cref="_swallowed"/>
    public int Swallowed => Volatile.Read(ref _swallowed);

    public TcpProxy(Uri server)
    {
        _target = server.Port;
        _listener = new TcpListener(IPAddress.Loopback, Ports.Free());
        _listener.Start();
        Uri = new Uri($"{server.Scheme}://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where it is reached.</summary>
    public Uri Uri { get; }

    /// <summary>How much later the server receives what is sent to it.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Whether one side never hears that the other has ended a connection.</summary>
    public bool HidesEnds { get; init; }

    /// <summary>Holds up what goes one way, or both. Nothing is lost: as in a network, it is sent again later. New connections get no answer.</summary>
    public void Cut(Direction direction)
    {
        lock (_gate)
        {
            if (direction.HasFlag(Direction.ToServer) && _toServer.Task.IsCompleted) _toServer = NewGate();
            if (direction.HasFlag(Direction.FromServer) && _fromServer.Task.IsCompleted) _fromServer = NewGate();
        }
    }

    /// <summary>Loses everything that is sent from now on, although its sender takes it for received. New connections get no answer.</summary>
    public void Swallow()
    {
        lock (_gate) _swallows = true;
    }

    /// <summary>Passes on again what is sent from now on.</summary>
    public void PassOn()
    {
        lock (_gate) _swallows = false;
    }

    /// <summary>Lets everything go on.</summary>
    public void Mend()
    {
        lock (_gate)
        {
            _toServer.TrySetResult();
            _fromServer.TrySetResult();
        }
    }

    /// <summary>Ends all connections, without a word of what is under way on them.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            foreach (var socket in _sockets) socket.Close(0);
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Reset();
        Mend();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Open()
    {
        var gate = NewGate();
        gate.SetResult();
        return gate;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _connections.Add(ConnectAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It has been disposed.
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                lock (_gate) _sockets.UnionWith([client, server]);
                await PassAsync(Direction.ToServer);
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAll(PumpAsync(client, server, Direction.ToServer), PumpAsync(server, client, Direction.FromServer));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Either end has gone, or the server is not there.
            }
            finally
            {
                lock (_gate) _sockets.ExceptWith([client, server]);
            }
        }
    }

    /// <summary>Passes on what comes; in the end, that it is the end.</summary>
    private async Task PumpAsync(Socket from, Socket to, Direction direction)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            {
                if (direction == Direction.ToServer && Latency > TimeSpan.Zero) await Task.Delay(Latency, TimeProvider.System, _stop.Token);
                await PassAsync(direction);
                lock (_gate)
                {
                    if (_swallows && direction == Direction.FromServer) _swallowed++;
                    if (_swallows) continue;
                }

                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
            }

            await PassEndAsync(direction);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // What happens to one side the other sees, as soon as anything passes.
            await PassEndAsync(direction);
            from.Close(0);
            to.Close(0);
        }
    }

    private Task PassEndAsync(Direction direction) => HidesEnds ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token) : PassAsync(direction);

    private Task PassAsync(Direction direction)
    {
        lock (_gate) return (direction == Direction.ToServer ? _toServer : _fromServer).Task.WaitAsync(_stop.Token);
    }
}
