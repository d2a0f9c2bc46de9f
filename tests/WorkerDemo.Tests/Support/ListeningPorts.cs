using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Support;

/// <summary>How many ports a process of this Linux machine listens on.</summary>
internal static class ListeningPorts
{
    /// <summary>The state of a listening socket in <c>/proc/net/tcp</c>.</summary>
    private const string Listening = "0A";

    internal static int Of(int process)
    {
        var sockets = new DirectoryInfo($"/proc/{process}/fd").EnumerateFiles()
            .Select(file => Regex.Match(file.LinkTarget ?? "", @"^socket:\[(?<inode>\d+)\]$").Groups["inode"].Value).ToHashSet();
        return new[] { "tcp", "tcp6" }.SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(columns => columns[3] == Listening && sockets.Contains(columns[9]));
    }
}
