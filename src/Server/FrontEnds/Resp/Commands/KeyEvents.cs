namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>What keyspace notifications call the changes, as Redis does.</summary>
internal static class KeyEvents
{
    public static readonly RespEvent Expire = new(EventClasses.Generic, "expire");
    public static readonly RespEvent Persist = new(EventClasses.Generic, "persist");
    public static readonly RespEvent Del = new(EventClasses.Generic, "del");
    public static readonly RespEvent RenameFrom = new(EventClasses.Generic, "rename_from");
    public static readonly RespEvent RenameTo = new(EventClasses.Generic, "rename_to");
    public static readonly RespEvent CopyTo = new(EventClasses.Generic, "copy_to");
    public static readonly RespEvent Set = new(EventClasses.String, "set");
    public static readonly RespEvent SetAndExpire = new(EventClasses.String, "set", Expire);
    public static readonly RespEvent Append = new(EventClasses.String, "append");
    public static readonly RespEvent SetRange = new(EventClasses.String, "setrange");
    public static readonly RespEvent IncrBy = new(EventClasses.String, "incrby");
    public static readonly RespEvent IncrByFloat = new(EventClasses.String, "incrbyfloat");
    public static readonly RespEvent HSet = new(EventClasses.Hash, "hset");
    public static readonly RespEvent HDel = new(EventClasses.Hash, "hdel");
    public static readonly RespEvent HIncrBy = new(EventClasses.Hash, "hincrby");
    public static readonly RespEvent HIncrByFloat = new(EventClasses.Hash, "hincrbyfloat");
}
