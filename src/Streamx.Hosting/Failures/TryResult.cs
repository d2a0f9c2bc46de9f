using System.Runtime.InteropServices;

namespace Streamx.Hosting.Failures;

/// <summary>How one more try ended.</summary>
/// <param name="Error">What it failed with; null when it succeeded.</param>
/// <param name="IsLast">Whether there is to be no further try, whatever is left of the attempts.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TryResult(Exception? Error, bool IsLast = false);
