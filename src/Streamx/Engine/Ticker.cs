namespace Streamx.Engine;

/// <summary>The system's tick count in milliseconds, at the cost of reading a field: up to some hundredths of a second old.</summary>
/// <remarks>
/// <para>A timer updates it while it is in use, and stops after a whole period without a read, so it costs nothing while the process
/// is idle. It lags when the thread pool runs timers late.</para>
/// <para>Zero means stopped: a reader that finds zero starts it, under a lock, and gets the current count. It is stopped under the
/// same lock, so it never has a count without its timer, nor a timer without a count.</para>
/// </remarks>
internal static class Ticker
{
    /// <summary>The period of the updates, in milliseconds.</summary>
    private const int Period = 10;

    private static readonly Lock s_lock = new();
    private static readonly Timer s_timer = CreateTimer();
    private static long s_now;
    private static bool s_isUsed;

    /// <summary>The tick count, or one up to some hundredths of a second old.</summary>
    internal static long Now
    {
        get
        {
            var now = Volatile.Read(ref s_now);
            if (now == 0) return Start();
            // Read before it is written, so that readers on several cores share its cache line.
            if (!s_isUsed) s_isUsed = true;
            return now;
        }
    }

    private static long Start()
    {
        lock (s_lock)
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

    private static void Update()
    {
        lock (s_lock)
        {
            if (s_now == 0) return;
            Volatile.Write(ref s_now, s_isUsed ? Environment.TickCount64 : 0);
            if (!s_isUsed) s_timer.Change(Timeout.Infinite, Timeout.Infinite);
            s_isUsed = false;
        }
    }

    private static Timer CreateTimer()
    {
        // It must not keep alive the execution context of the first caller.
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return new Timer(static _ => Update(), null, Timeout.Infinite, Timeout.Infinite);
    }
}
