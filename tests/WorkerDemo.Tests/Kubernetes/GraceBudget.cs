using System.Globalization;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>What a pod has to do between SIGTERM and SIGKILL, and the time it is given for it.</summary>
/// <param name="Drain">The host's shutdown timeout, which the drain keeps to.</param>
/// <param name="Export">How long one export of telemetry may take.</param>
/// <param name="Grace">When the pod is killed.</param>
internal sealed record GraceBudget(TimeSpan Drain, TimeSpan Export, TimeSpan Grace)
{
    /// <summary>For what is not in the sum: starting to stop, a busy node, the end of the process.</summary>
    internal static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The flush comes after the drain, when the host is disposed: with a collector that never answers, the export in progress, the
    /// last metrics, the last traces and the last logs. The SDK gives up each after 5 s, whatever an export may take.
    /// </summary>
    internal TimeSpan Flush => 4 * TimeSpan.FromSeconds(Math.Min(5, Export.TotalSeconds));

    /// <summary>Whether everything fits.</summary>
    internal bool IsKept => Drain + Flush + Margin <= Grace;

    /// <summary>The budget of a pod; defaults where it sets nothing.</summary>
    internal static GraceBudget Of(Pod pod)
    {
        double Number(string? text, double otherwise) => text is null ? otherwise : double.Parse(text, CultureInfo.InvariantCulture);
        return new GraceBudget(
            TimeSpan.FromSeconds(Number(pod.Environment.GetValueOrDefault("DOTNET_shutdownTimeoutSeconds"), 30)),
            TimeSpan.FromMilliseconds(Number(pod.Environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_TIMEOUT"), 10_000)),
            TimeSpan.FromSeconds(Number(pod.Spec.Text("terminationGracePeriodSeconds"), 30)));
    }
}
