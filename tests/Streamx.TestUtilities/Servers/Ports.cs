using System.Net;
using System.Net.Sockets;

namespace Streamx.TestUtilities.Servers;

/// <summary>Ports nobody listens on.</summary>
/// <remarks>Below those the system takes for connections: one of them could be taken, even by a connection to itself, while its server is down.</remarks>
internal static class Ports
{
    private const int First = 10_000;
    private const int Last = 32_000;

    public static int Free()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Last));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
