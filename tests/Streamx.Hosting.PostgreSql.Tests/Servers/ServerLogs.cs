namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>What servers have logged, for whoever looks into a test that has failed.</summary>
internal static class ServerLogs
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "server-logs");

    /// <summary>Removes what runs of earlier days have left.</summary>
    static ServerLogs()
    {
        var yesterday = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1);
        foreach (var file in Directory.CreateDirectory(s_folder).GetFiles())
            if (file.LastWriteTimeUtc < yesterday) file.Delete();
    }

    /// <summary>Keeps a log, if there is one.</summary>
    public static void Keep(string log, string name)
    {
        if (File.Exists(log)) File.Copy(log, Path.Combine(s_folder, name), overwrite: true);
    }
}
