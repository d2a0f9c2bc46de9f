namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code for those who come from Python.</summary>
internal static class PythonUse
{
    public static async Task<IReadOnlyList<string>> RunAsync()
    {
        var console = new Lines();
        await RunAsync(console);
        return console.All;
    }

    private static async Task RunAsync(Lines Console)
    {
        #region stream
        await using var stream = new AsyncStream<int>();

        async Task ConsumeAsync(string name, StreamSubscription<int> subscription)
        {
            await foreach (var value in subscription) Console.WriteLine($"{name} {value}");
        }

        var consumers = Task.WhenAll(
            ConsumeAsync("first", stream.Subscribe("first")),        // subscribed from here on, read or not
            ConsumeAsync("second", stream.Subscribe("second")));
        for (var value = 0; value < 3; value++) await stream.PutAsync(value);
        await stream.CloseAsync();
        await consumers;
        #endregion
    }

    /// <summary>Takes the place of the console.</summary>
    private sealed class Lines
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public void WriteLine(string line)
        {
            lock (_lines) _lines.Add(line);
        }
    }
}
