using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Packs fields of a command into the list that operations on fields take. The list is the thread's: it holds until the
/// thread packs the next one, which is after the operation was executed or written into a frame.
/// </summary>
internal static class FieldArguments
{
    [ThreadStatic]
    private static RespBuffer? _list;

    /// <summary>All arguments from <paramref name="first"/> on.</summary>
    public static ReadOnlySpan<byte> Pack(scoped in RespArgs args, int first)
    {
        var list = Begin();
        for (var at = first; at < args.Count; at++) FieldList.Write(list, args[at]);
        return list.Written;
    }

    /// <summary>One name.</summary>
    public static ReadOnlySpan<byte> Pack(scoped ReadOnlySpan<byte> name)
    {
        var list = Begin();
        FieldList.Write(list, name);
        return list.Written;
    }

    /// <summary>One name and its value.</summary>
    public static ReadOnlySpan<byte> Pack(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        var list = Begin();
        FieldList.Write(list, name);
        FieldList.Write(list, value);
        return list.Written;
    }

    private static RespBuffer Begin()
    {
        var list = _list ??= new RespBuffer();
        list.Clear();
        return list;
    }
}
