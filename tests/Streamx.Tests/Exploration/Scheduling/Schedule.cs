using System.Globalization;
using System.Text;

namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>A schedule as text: the thread that went on at each choice, <c>A</c> being the first thread, repeats counted. <c>A3B</c> is A, A, A, B.</summary>
internal static class Schedule
{
    internal static string Format(IEnumerable<byte> choices)
    {
        var text = new StringBuilder();
        byte last = 0;
        var count = 0;
        foreach (var choice in choices)
        {
            if (count > 0 && choice != last) Flush();
            last = choice;
            count++;
        }

        if (count > 0) Flush();
        return text.ToString();

        void Flush()
        {
            text.Append((char)('A' + last));
            if (count > 1) text.Append(count.ToString(CultureInfo.InvariantCulture));
            count = 0;
        }
    }

    internal static byte[] Parse(string text)
    {
        var choices = new List<byte>();
        for (var i = 0; i < text.Length;)
        {
            var choice = (byte)(text[i++] - 'A');
            var count = 0;
            while (i < text.Length && char.IsAsciiDigit(text[i])) count = (count * 10) + (text[i++] - '0');
            choices.AddRange(Enumerable.Repeat(choice, Math.Max(1, count)));
        }

        return [.. choices];
    }
}
