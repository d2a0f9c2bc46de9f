using System.Globalization;
using System.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>The logs of the workers of one scene, as far as they have been read. Not thread-safe.</summary>
/// <param name="folder">Where they are: <c>&lt;role or name&gt;.&lt;number&gt;.log</c>, and <c>.out</c> for what the workers print.</param>
internal sealed class WorkLogs(string folder)
{
    /// <summary>How far each file has been read.</summary>
    private readonly Dictionary<string, long> _read = [];

    /// <summary>What of <see cref="Puts"/> has not returned, by value.</summary>
    private readonly Dictionary<long, LoggedPut> _open = [];

    /// <summary>What each process has in hand.</summary>
    private readonly Dictionary<(string Process, long Value), Handling> _inHand = [];

    /// <summary>What producers have begun to put, each in its order.</summary>
    public List<LoggedPut> Puts { get; } = [];

    /// <summary>What handlers have begun with, each process in its order.</summary>
    public List<Handling> Handlings { get; } = [];

    /// <summary>The highest number that has come to each name, see <see cref="Highest"/>.</summary>
    private readonly Dictionary<string, long> _highest = [];

    /// <summary>What the numbers of each of the stream's ids are counted from: the highest before it.</summary>
    private readonly Dictionary<long, long> _before = [];

    /// <summary>The highest number that has come to a name, behind those of the stream's ids before; zero for none.</summary>
    public long Highest(string name) => _highest.GetValueOrDefault(name);

    /// <summary>The processes that have been active, or have stood by.</summary>
    public HashSet<string> Ready { get; } = [];

    /// <summary>What processes have said is lost.</summary>
    public ReportedLosses Losses { get; } = new();

    /// <summary>Reads on. A line that is not complete is left for later, or for good: its process was killed while it wrote.</summary>
    public WorkLogs Read()
    {
        foreach (var (process, line) in ReadOn("*.log")) Add(process, line);
        foreach (var (process, line) in ReadOn("*.out")) Losses.AddOutput(process, line);
        return this;
    }

    private List<(string Process, string Line)> ReadOn(string files)
    {
        List<(string Process, string Line)> lines = [];
        foreach (var path in Directory.EnumerateFiles(folder, files).Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Seek(_read.GetValueOrDefault(path), SeekOrigin.Begin);
            var bytes = new byte[file.Length - file.Position];
            file.ReadExactly(bytes);
            var complete = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            _read[path] = _read.GetValueOrDefault(path) + complete;
            var process = Path.GetFileNameWithoutExtension(path);
            lines.AddRange(Encoding.ASCII.GetString(bytes, 0, complete).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (process, line)));
        }

        return lines;
    }

    /// <summary>Takes account of one line of a process.</summary>
    /// <param name="process">The process: its role or name, and a number.</param>
    /// <param name="line">As the worker's <c>WorkLog</c> writes it.</param>
    public void Add(string process, string line)
    {
        var parts = line.Split(' ');
        var (time, value) = (Number(parts[0]), Number(parts[2]));
        switch (parts[1])
        {
            case "intend":
                var put = new LoggedPut(process, value, time);
                Puts.Add(put);
                _open.Add(value, put);
                break;
            case "return":
                _open.Remove(value, out var begun);
                begun!.Returned = time;
                break;
            case "begin":
                var name = process.Split('.')[0];
                var number = parts[4].Split('/');
                var stream = number.Length > 1 ? Number(number[0]) : 0;
                var handling = new Handling(name, process, value, Number(parts[3]), stream, Number(number[^1]), parts.Length > 5, time);
                _inHand[(process, value)] = handling;
                Handlings.Add(handling);
                if (!_before.TryGetValue(stream, out var before)) _before[stream] = before = _highest.Values.DefaultIfEmpty().Max();
                _highest[name] = Math.Max(Highest(name), before + handling.Sequence);
                break;
            case "end":
                _inHand.Remove((process, value), out var ended);
                ended!.IsEnded = true;
                break;
            case "ready":
                Ready.Add(process);
                break;
            default:
                throw new FormatException($"'{line}' in the log of {process}.");
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
