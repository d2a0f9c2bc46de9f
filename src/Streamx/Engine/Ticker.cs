namespace Streamx.Engine;

/// <summary>The system's tick count in milliseconds, for the price of reading a field: up to some hundredths of a second old.</summary>
/// <remarks>
/// <para>A timer renews it while it is in use, and stops as soon as nobody has asked for a whole period, so it costs nothing while
/// nothing moves. If the thread pool is late in running timers, it is as late.</para>
/// <para>Zero means asleep: who finds that wakes it, under a lock, and gets the present. A sleeping ticker is put to sleep under the
/// same lock, so it is never asleep with a time, nor awake without its timer.</para>
/// </remarks>
internal static class Ticker
{
    /// <summary>How often it is renewed, in milliseconds.</summary>
    private const int Period = 10;

    private static readonly Lock s_gate = new();
    private static readonly Timer s_timer = CreateTimer();
    private static long s_now;
    private static bool s_isUsed;

    /// <summary>The present, or a little less.</summary>
    internal static long Now
    {
        get
        {
            var now = Volatile.Read(ref s_now);
            if (now == 0) return Wake();
            // Looked at before it is written, so that readers on several cores share the line it lies on.
            if (!s_isUsed) s_isUsed = true;
            return now;
        }
    }

    private static long Wake()
    {
        lock (s_gate)
        {
            if (s_now == 0)
            {
                Volatile.Write(ref s_now, Environment.TickCount64);
                s_timer.Change(Period, Period);
            }

            s_isUsed = true;
            return s_now;
        }
    }

    private static void Renew()
    {
        lock (s_gate)
        {
            if (s_now == 0) return;
            Volatile.Write(ref s_now, s_isUsed ? Environment.TickCount64 : 0);
            if (!s_isUsed) s_timer.Change(Timeout.Infinite, Timeout.Infinite);
            s_isUsed = false;
        }
    }

    private static Timer CreateTimer()
    {
        // It must not keep alive the execution context of whoever happened to come first.
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return new Timer(static _ => Renew(), null, Timeout.Infinite, Timeout.Infinite);
    }
}
