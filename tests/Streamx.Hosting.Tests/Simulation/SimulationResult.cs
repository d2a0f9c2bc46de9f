using System.Globalization;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>What came of some seeds.</summary>
internal sealed class SimulationResult
{
    private readonly List<string> _findings = [];

    /// <summary>Clusters, processes, faults, values handled, and values handled again.</summary>
    private readonly long[] _figures = new long[5];

    /// <summary>The broken promises, each with its seed.</summary>
    internal IReadOnlyList<string> Findings => _findings;

    /// <summary>Adds a cluster that has come to its end.</summary>
    internal void Add(int seed, ClusterSimulation cluster, string? problem)
    {
        Add([1, cluster.Processes, cluster.Faults, cluster.Ledger.Handled, cluster.Ledger.Repeated]);
        if (problem is not null) _findings.Add($"STREAMX_SEED={seed}: {problem}");
    }

    /// <summary>Adds what another process has written.</summary>
    internal void Read(string path)
    {
        var lines = File.ReadAllLines(path);
        Add(Array.ConvertAll(lines[0].Split(' '), figure => long.Parse(figure, CultureInfo.InvariantCulture)));
        _findings.AddRange(lines[1..]);
    }

    /// <summary>Writes it for another process.</summary>
    internal void Write(string path) =>
        File.WriteAllLines(path, [string.Join(' ', _figures), .. _findings.Select(finding => finding.ReplaceLineEndings(" "))]);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{_figures[0]} clusters, {_figures[1]} processes, {_figures[2]} faults, "
        + $"{_figures[3]} values handled, {_figures[4]} of them again.";

    private void Add(long[] figures)
    {
        for (var i = 0; i < figures.Length; i++) _figures[i] += figures[i];
    }
}
