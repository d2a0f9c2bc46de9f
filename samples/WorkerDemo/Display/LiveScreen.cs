using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace WorkerDemo;

/// <summary>Standard output: log lines; on a terminal a page redrawn in place, from <see cref="Begin"/> to <see cref="End"/>.</summary>
internal sealed class LiveScreen(IAnsiConsole console) : ILogEventSink
{
    /// <summary>A line that is logged while a value is handled has a trace and a span.</summary>
    private static readonly MessageTemplateTextFormatter s_formatter =
        new("{Timestamp:HH:mm:ss} {Level:u3} {Message:l} {TraceId} {SpanId}{NewLine}{Exception}");

    /// <summary>Guards what follows, and keeps what is written to the terminal in one piece.</summary>
    private readonly Lock _lock = new();

    /// <summary>The newest log lines. What the page hid is printed at its end.</summary>
    private readonly Queue<(string Text, Color? Color, bool IsPrinted)> _log = [];

    /// <summary>The newest events.</summary>
    private readonly Queue<string> _events = [];

    /// <summary>Whether the page is on the terminal.</summary>
    private bool _isOn;

    /// <summary>Whether it can show a page: in a pipe, or where <c>TERM</c> is <c>dumb</c>, there are log lines only.</summary>
    internal bool CanShowPage => console.Profile is { Out.IsTerminal: true, Capabilities.AlternateBuffer: true };

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        Color? color = logEvent.Level switch { >= LogEventLevel.Error => Color.Maroon, LogEventLevel.Warning => Color.Olive, _ => null };
        using var text = new StringWriter();
        s_formatter.Format(logEvent, text);
        lock (_lock)
        {
            foreach (var line in text.ToString().TrimEnd().Split('\n'))
            {
                Keep(_log, (line, color, !_isOn), 50);
                if (!_isOn) Print(line, color);
            }
        }
    }

    /// <summary>Shows an event, unless it is a mere sample of a process: these are many.</summary>
    internal void Show(HostEvent value)
    {
        if (value.Kind == HostEventKind.Sampled) return;
        var source = value.Pid is { } pid ? $"{value.Source} ({pid})" : value.Source;
        var text = $"{value.Time.LocalDateTime:HH:mm:ss} {source}: {value.Message}";
        lock (_lock) Keep(_events, text, 3);
    }

    /// <summary>Switches to the terminal's alternate screen and hides the cursor.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            _isOn = true;
            console.Profile.Out.Writer.Write("\e[?1049h\e[?25l");
        }
    }

    /// <summary>Redraws the page, with the last events and as many log lines as fit; does nothing when it is not on the terminal.</summary>
    internal void Draw(IEnumerable<IRenderable> page, int width, int height)
    {
        lock (_lock)
        {
            if (!_isOn) return;
            console.Profile.Width = width;
            var top = Lines([.. page, LiveView.Title("Events"), .. _events.Select(text => Line(text, null, width)), LiveView.Title("Log")]);
            var log = Lines(_log.TakeLast(Math.Max(0, height - top.Length)).Select(line => Line(line.Text, line.Color, width)));
            var lines = top.Concat(log).Take(height).Select(line => line.TrimEnd() + "\e[K");
            console.Profile.Out.Writer.Write($"\e[H{string.Join("\r\n", lines)}\e[J");
        }

        string[] Lines(IEnumerable<IRenderable> parts) => console.ToAnsi(new Rows(parts)).TrimEnd().Split('\n');
    }

    /// <summary>Restores screen and cursor, and prints the last log lines that it hid. May be called more than once.</summary>
    internal void End()
    {
        lock (_lock)
        {
            if (!_isOn) return;
            _isOn = false;
            console.Profile.Out.Writer.Write("\e[?25h\e[?1049l");
            foreach (var (text, color, _) in _log.Where(line => !line.IsPrinted)) Print(text, color);
        }
    }

    /// <summary>Prints a line whole: a terminal wraps it by itself.</summary>
    private void Print(string text, Color? color)
    {
        console.Profile.Width = int.MaxValue;
        console.Write(new Rows(Line(text, color, int.MaxValue)));
    }

    /// <summary>A line without what would move the cursor.</summary>
    private static Text Line(string text, Color? color, int width) =>
        new(string.Concat(text.TrimEnd().Take(width).Select(character => char.IsControl(character) ? ' ' : character)), color);

    private static void Keep<T>(Queue<T> queue, T item, int count)
    {
        queue.Enqueue(item);
        if (queue.Count > count) queue.Dequeue();
    }
}
