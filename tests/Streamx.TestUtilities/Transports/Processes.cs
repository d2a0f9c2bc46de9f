namespace Streamx.TestUtilities.Transports;

/// <summary>Waits until a leader knows where names run.</summary>
internal static class Processes
{
    /// <summary>Waits until it knows that a name runs in the first of these processes and that the others stand by; with none of them, that it runs nowhere.</summary>
    public static async Task RunsAsync(this ILeadSession lead, string name, params string[] instances)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        StreamxRemoteName now;
        while (!Is(now = lead.Processes.Describe(name, lag: null, isGating: false), instances))
        {
            Assert.False(limit.IsCancellationRequested, $"Not within {Bounded.Limit}: '{name}' on {string.Join(", ", instances)}. It is {now.Instance ?? "nobody"}; {now.Processes} processes; standing by: {string.Join(", ", now.Standbys)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static bool Is(StreamxRemoteName name, string[] instances) =>
        name.Processes == instances.Length && name.Instance == instances.FirstOrDefault() && name.Standbys.SequenceEqual(instances.Skip(1));
}
