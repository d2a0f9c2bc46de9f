namespace Streamx.Hosting.Dashboard.Tests.Support;

internal static class ControlExtensions
{
    /// <summary>Detaches a consumer once the host runs.</summary>
    public static Task DetachAsync(this IStreamxControl control, string stream, string consumer) =>
        Until.TrueAsync(() => control.DetachConsumer(stream, consumer), $"{consumer} is attached");
}
