namespace Streamx.Hosting.Configuration;

/// <summary>Finds the name that a misspelt name most resembles.</summary>
internal static class NearestName
{
    /// <summary>A sentence that suggests the nearest known name; empty if none is near.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The known names.</param>
    internal static string Suggest(string name, IEnumerable<string> known)
    {
        var nearest = known.Select(
            candidate => (Name: candidate, Edits: Distance(name, candidate))).OrderBy(candidate => candidate.Edits).FirstOrDefault();
        // A third of the letters: beyond that, two short names resemble each other by chance.
        return nearest.Name is { } meant && nearest.Edits <= Math.Max(1, meant.Length / 3) ? $" Did you mean '{meant}'?" : "";
    }

    /// <summary>How many letters have to be inserted, deleted or replaced, without regard to case (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = diagonal + (char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
