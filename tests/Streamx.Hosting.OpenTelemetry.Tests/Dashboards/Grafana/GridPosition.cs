namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

/// <summary>Where a panel or a row is on the grid, which is 24 wide.</summary>
internal sealed record GridPosition(int X, int Y, int W, int H)
{
    /// <summary>Whether two panels lie on each other.</summary>
    public bool Overlaps(GridPosition other) => X < other.X + other.W && other.X < X + W && Y < other.Y + other.H && other.Y < Y + H;
}
