namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a stream has at a number. The numbers are in the store.</summary>
internal enum StoredKind
{
    /// <summary>A value.</summary>
    Value = 0,

    /// <summary>The end of the stream.</summary>
    End = 1,

    /// <summary>Nothing: a leader began behind numbers that were never used.</summary>
    Gap = 2,
}
