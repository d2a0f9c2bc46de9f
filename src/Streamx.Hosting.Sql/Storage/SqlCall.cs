namespace Streamx.Hosting.Sql.Storage;

/// <summary>Something to be done in a transaction of a store.</summary>
internal abstract class SqlCall
{
    /// <summary>Does it. A transaction may be undone and tried again, so this changes nothing but the store.</summary>
    internal abstract void Run(SqlTransaction transaction);

    /// <summary>It is committed.</summary>
    internal abstract void Complete();

    /// <summary>It will not be known whether it was committed.</summary>
    internal abstract void Fail(Exception error);
}
