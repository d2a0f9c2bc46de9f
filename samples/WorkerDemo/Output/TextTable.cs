using System.Text;

namespace WorkerDemo;

/// <summary>Lays out rows of text in columns: the first to the left, the others to the right.</summary>
internal sealed class TextTable
{
    /// <summary>The rows, the headings first.</summary>
    private readonly List<string[]> _rows = [];

    internal TextTable(params string[] headings) => _rows.Add(headings);

    /// <summary>Adds a row, with a cell for each heading.</summary>
    internal void Add(params string[] cells) => _rows.Add(cells);

    /// <inheritdoc/>
    public override string ToString()
    {
        var widths = Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var line = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append("  ").AppendJoin("  ", line).AppendLine();
        }

        return text.ToString();
    }
}
