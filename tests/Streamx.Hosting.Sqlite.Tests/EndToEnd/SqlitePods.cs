namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>Hosts that stand for processes whose stream is in the file.</summary>
internal static class SqlitePods
{
    extension(Pod pod)
    {
        public static Pod Build(TestFile file, string stream, Action<IStreamxBuilder<int>> add, Action<StreamxOptions>? configure = null, params (string Key, string? Value)[] configuration) => Pod.Build(
            stream,
            builder => add(builder.UseSqlite(o =>
            {
                o.Path = file.Path;
                o.Synchronous = file.Options.Synchronous;
                o.ReconnectDelay = TimeSpan.FromMilliseconds(2);
                o.MaxReconnectDelay = TimeSpan.FromMilliseconds(20);
            })),
            configure,
            configuration);

        /// <summary>Starts one.</summary>
        public static async Task<Pod> StartAsync(TestFile file, string stream, Action<IStreamxBuilder<int>> add, Action<StreamxOptions>? configure = null, params (string Key, string? Value)[] configuration)
        {
            var process = Pod.Build(file, stream, add, configure, configuration);
            await process.StartAsync();
            return process;
        }
    }
}
