using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace WorkerDemo;

/// <summary>The terminal: a page that is redrawn in place between <see cref="Begin"/> and <see cref="End"/>, log lines otherwise.</summary>
internal sealed class LiveScreen(TextWriter terminal, ITextFormatter formatter) : ILogEventSink, IDisposable
{
    /// <summary>How many log lines are kept for the page, and printed at its end.</summary>
    private const int MaxLines = 50;

    /// <summary>Guards what follows, and keeps what is written to the terminal in one piece.</summary>
    private readonly Lock _lock = new();

    /// <summary>The newest log lines.</summary>
    private readonly Queue<string> _lines = [];

    /// <summary>Whether the page is on the terminal.</summary>
    private bool _isOn;

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        using var text = new StringWriter();
        formatter.Format(logEvent, text);
        lock (_lock)
        {
            if (!_isOn) terminal.Write(text);
            else foreach (var line in text.ToString().TrimEnd().Split('\n')) Keep(line.TrimEnd());
        }
    }

    /// <summary>Switches to the terminal's alternate screen and hides the cursor.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            if (!_isOn) terminal.Write("\e[?1049h\e[?25l");
            _isOn = true;
        }
    }

    /// <summary>Redraws the page, with as many log lines as fit; does nothing when it is not on the terminal.</summary>
    internal void Draw(IReadOnlyList<string> page, int width, int height)
    {
        lock (_lock)
        {
            if (!_isOn) return;
            var lines = page.Concat(_lines.TakeLast(Math.Max(0, height - page.Count))).Take(height).Select(line => StreamPage.Fit(line, width) + "\e[K");
            terminal.Write($"\e[H{string.Join("\r\n", lines)}\e[J");
            terminal.Flush();
        }
    }

    /// <summary>Restores screen and cursor, and prints the last log lines. May be called more than once.</summary>
    internal void End()
    {
        lock (_lock)
        {
            if (!_isOn) return;
            _isOn = false;
            terminal.Write("\e[?25h\e[?1049l");
            foreach (var line in _lines) terminal.WriteLine(line);
            terminal.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private void Keep(string line)
    {
        _lines.Enqueue(line);
        if (_lines.Count > MaxLines) _lines.Dequeue();
    }
}
