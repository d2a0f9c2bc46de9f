using System.Data;
using System.Data.Common;

namespace Streamx.TestUtilities.InMemory;

/// <summary>A transaction of a store: what it does happens when it commits, all of it or nothing.</summary>
/// <param name="store">The store.</param>
internal sealed class InMemoryTransaction(InMemoryStore store) : DbTransaction
{
    private readonly List<Action> _checks = [];
    private readonly List<Action> _actions = [];

    /// <summary>The store.</summary>
    internal InMemoryStore Store => store;

    /// <summary>Whether it has been committed or rolled back.</summary>
    internal bool IsOver { get; private set; }

    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => null;

    /// <summary>Has something happen when it commits.</summary>
    public void Do(Action action) => _actions.Add(action);

    /// <summary>Has something checked before anything of it happens. What that throws fails the commit.</summary>
    public void Check(Action check) => _checks.Add(check);

    /// <inheritdoc/>
    public override void Commit()
    {
        IsOver = true;
        store.Locked(() =>
        {
            _checks.ForEach(check => check());
            _actions.ForEach(action => action());
        });
    }

    /// <inheritdoc/>
    public override void Rollback() => IsOver = true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        IsOver = true;
        base.Dispose(disposing);
    }
}
