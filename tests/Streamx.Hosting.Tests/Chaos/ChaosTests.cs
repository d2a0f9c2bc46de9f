using System.Collections.Concurrent;
using System.Globalization;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>
/// Hosts that do everything at random. <c>STREAMX_CHAOS_HOSTS</c> sets how many, <c>STREAMX_CHAOS_SEED</c> the seed of the first,
/// alone if only that is set; each host's seed is the one before plus one.
/// </summary>
[Collection(ChaosCollection.Name)]
public sealed class ChaosTests
{
    private const int DefaultHosts = 1_500;
    private const int AtATime = 16;
    private const int MaxDescribed = 5;

    /// <summary>Far more than any host takes, also on a machine that is busy.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Hosts_ManyAtATime_KeepTheContract()
    {
        var exitCode = Environment.ExitCode;
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Seeds(part: 1), new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (seed, _) =>
        {
            if (await RunAsync(seed, checkExitCode: false) is { } failure) failures.Enqueue(failure);
        });

        Environment.ExitCode = exitCode;
        Fail(failures);
    }

    [Fact]
    public async Task Hosts_OneAtATime_EndWithTheExitCodeOfTheirReport()
    {
        var exitCode = Environment.ExitCode;
        var failures = new ConcurrentQueue<string>();
        foreach (var seed in Seeds(part: 10))
        {
            Environment.ExitCode = 0;
            if (await RunAsync(seed, checkExitCode: true) is { } failure) failures.Enqueue(failure);
        }

        Environment.ExitCode = exitCode;
        Fail(failures);
    }

    /// <summary>Runs one host. What is wrong with it, or null.</summary>
    private static async Task<string?> RunAsync(int seed, bool checkExitCode)
    {
        var host = new ChaosHost(seed);
        using var metrics = host.Metrics;
        List<string> problems = [];
        try
        {
            var check = new ChaosCheck(host, await Task.Run(host.RunAsync).WaitAsync(s_limit));
            problems.AddRange(check.Problems());
            if (checkExitCode && Environment.ExitCode != check.ExitCode()) problems.Add($"The exit code is {Environment.ExitCode} instead of {check.ExitCode()}.");
        }
        catch (TimeoutException)
        {
            problems.Add("The host hangs.");
        }
        catch (Exception error)
        {
            problems.Add(error.ToString());
        }

        return problems.Count == 0 ? null : string.Join(Environment.NewLine, [$"STREAMX_CHAOS_SEED={seed} replays this:", .. problems, host.Describe()]);
    }

    private static void Fail(ConcurrentQueue<string> failures)
    {
        if (failures.IsEmpty) return;
        Assert.Fail($"{failures.Count} hosts failed.{Environment.NewLine}{string.Join($"{Environment.NewLine}{Environment.NewLine}", failures.Take(MaxDescribed))}");
    }

    /// <summary>The seeds of a run, or of the given part of it.</summary>
    private static IEnumerable<int> Seeds(int part)
    {
        var first = Setting("STREAMX_CHAOS_SEED");
        var count = Setting("STREAMX_CHAOS_HOSTS") ?? (first is null ? DefaultHosts : 1);
        return Enumerable.Range(first ?? Random.Shared.Next(1_000_000_000), Math.Max(1, count / part));
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
