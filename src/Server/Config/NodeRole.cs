namespace Hedgerow.Server.Config;

/// <summary>What a process is: the verb that started it. Flags, so that a setting can say who reads it.</summary>
[Flags]
internal enum NodeRole
{
    /// <summary>Leaves and router in one process: <c>hedgerow serve</c>.</summary>
    Serve = 1,

    /// <summary>One leaf: <c>hedgerow leaf</c>.</summary>
    Leaf = 2,

    /// <summary>One router: <c>hedgerow router</c>.</summary>
    Router = 4,

    /// <summary>Every role; only in <see cref="Setting.Roles"/>.</summary>
    All = Serve | Leaf | Router,
}
