using System.Data;
using System.Data.Common;

namespace Streamx.TestUtilities.Backends;

/// <summary>A transaction of a database that keeps no stream.</summary>
internal sealed class ForeignTransaction : DbTransaction
{
    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => null;

    /// <inheritdoc/>
    public override void Commit()
    {
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
    }
}
