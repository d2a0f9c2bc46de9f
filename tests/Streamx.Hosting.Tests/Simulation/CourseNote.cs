using System.Globalization;
using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>A note for the course of events. Its text is not formatted unless the course is kept.</summary>
[InterpolatedStringHandler]
internal ref struct CourseNote
{
    private DefaultInterpolatedStringHandler _text;

    public CourseNote(int literalLength, int formattedCount, Ledger ledger, out bool isKept)
    {
        isKept = ledger.KeepsCourse;
        if (isKept) _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    /// <summary>The whole text. Read once.</summary>
    internal string Text => _text.ToStringAndClear();

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}
