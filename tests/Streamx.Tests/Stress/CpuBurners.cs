namespace Streamx.Tests.Stress;

/// <summary>Threads that keep the processor busy until they are disposed.</summary>
internal sealed class CpuBurners : IDisposable
{
    private volatile bool _stopped;

    internal CpuBurners(int count)
    {
        for (var i = 0; i < count; i++) new Thread(Burn) { IsBackground = true, Name = "burner" }.Start();
    }

    public void Dispose() => _stopped = true;

    private void Burn()
    {
        while (!_stopped) Thread.SpinWait(1_000);
    }
}
