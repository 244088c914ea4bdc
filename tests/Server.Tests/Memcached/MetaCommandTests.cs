namespace Hedgerow.Server.Tests.Memcached;

public sealed class MetaCommandTests
{
    private static readonly string LongKey = new('k', 250);
    private static readonly string LongOpaque = new('o', 31);

    public static TheoryData<Behind, string, string[]> Dialogues() => Dialogue.Everywhere(Rows);

    [Theory]
    [MemberData(nameof(Dialogues))]
    public Task Every_flag_answers_as_memcached_does(Behind behind, string name, string[] lines) =>
        Dialogue.HoldAsync(behind, name, lines);

    private static (string Name, string[] Lines)[] Rows =>
    [
        ("mg", [
            "mg a| => EN|", "mg a v k O1| => EN ka O1|", "ms a 3 F7 T90|abc| => HD|", "mg a| => HD|",
            "mg a v| => VA 3|abc|", "mg a s v f t c k Oxyz| => VA 3 s3 f7 t90 cCAS ka Oxyz|abc|", "mg a q| => HD|",
            "mg b q|mn| => MN|", "mg a O" + LongOpaque + "| => HD O" + LongOpaque + "|",
            "mg a Oo" + LongOpaque + "| => CLIENT_ERROR opaque token too long|", "mg| => ERROR|",
            "mg a v v| => CLIENT_ERROR duplicate flag|", "mg a !| => CLIENT_ERROR invalid flag|",
            "mg a T| => CLIENT_ERROR bad token in command line format|",
            $"mg {LongKey}x v| => CLIENT_ERROR bad command line format|",
            $"mg {LongKey} v| => EN|", "mg a P1 Lx| => HD|", "mg a T30 t| => HD t30|", "mg a t| => HD t30|",
        ]),
        ("base64 keys", [
            "ms Zm9v 3 b k|abc| => HD kZm9v b|", "mg Zm9v b k v| => VA 3 kZm9v b|abc|",
            "get foo| => VALUE foo 0 3|abc|END|",
            "mg Zm9 b| => CLIENT_ERROR error decoding key|", "md Zm9v b k| => HD kZm9v b|",
            "mg Zm9v b k| => EN kZm9v b|",
            "ma Zm9v b N0 k| => HD kZm9v b|", "me !!! b| => CLIENT_ERROR bad command line format|",
        ]),
        ("ms modes", [
            "ms a 1 MR|x| => NS|", "ms a 1 MA|x| => NS|", "ms a 1 MP|x| => NS|", "ms a 1 ME|x| => HD|",
            "ms a 1 ME|y| => NS|",
            "ms a 2 MA s|yz| => HD s3|", "ms a 1 MP|w| => HD|", "mg a v| => VA 4|wxyz|", "ms a 1 MR|r| => HD|",
            "ms a 1 MS F9 k Oq|s| => HD ka Oq|", "mg a v f| => VA 1 f9|s|",
            "ms a 1 MZ|x| => CLIENT_ERROR invalid mode for ms M token|",
            "ms a 1 MSS|x| => CLIENT_ERROR incorrect length for M token|", "ms n 2 MA N60|ab| => HD|",
            "mg n v t| => VA 2 t60|ab|",
            "ms n 2 MA N60 s|cd| => HD s4|",
        ]),
        ("ms errors", [
            "ms a| => CLIENT_ERROR bad command line format|", "ms| => ERROR|",
            "ms a x| => CLIENT_ERROR bad command line format|",
            "ms a -1| => CLIENT_ERROR bad command line format|", "ms a 2 !|mn|mn| => CLIENT_ERROR invalid flag|MN|",
            "ms a 2|abc|| => CLIENT_ERROR bad data chunk|ERROR|ERROR|",
            "ms a 1 F|x| => CLIENT_ERROR bad command line format|",
            "ms a 1 q|x|mn| => MN|", "ms a 1 q ME|x|mn| => NS|MN|",
            "ms a 9000000|x| => SERVER_ERROR object too large for cache|",
        ]),
        ("ms with a cas", [
            "ms a 1 C5|x| => NF|", "ms a 1 c|x| => HD cCAS|", "ms a 1 C$low|y| => EX|", "ms a 1 C$cas c|y| => HD cCAS|",
            "ms a 1 MR C$cas|z| => HD|", "mg a v c| => VA 1 cCAS|z|", "ms a 1 MA C$low|!| => EX|",
            "ms a 1 MA C$cas|!| => HD|",
            "mg a v c| => VA 2 cCAS|z!|", "mg a v C$cas| => HD|", "mg a v C$low| => VA 2|z!|",
        ]),
        ("an explicit cas must grow", [
            "ms a 1 E100 c|x| => HD c100|", "ms a 1 E101|y| => HD|", "ms a 1 E101|z| => EX|",
            "mg a v c| => VA 1 c101|y|",
            "ms a 1 E18446744073709551615|z| => CLIENT_ERROR the E token is more than a minute ahead of the clock|",
            "ma n N0 J5 E7 c v| => VA 1 c7|5|", "mg v N30 E9 c| => HD c9 W|",
        ]),
        ("md", [
            "md a| => NF|", "ms a 1 c|x| => HD cCAS|", "md a C$low| => EX|", "md a C$cas k O9| => HD ka O9|",
            "mg a| => EN|",
            "md a q| => NF|", "ms a 1|x| => HD|", "md a q|mn| => MN|",
            "md a !| => CLIENT_ERROR invalid or duplicate flag|",
            "md| => ERROR|", "ms a 1|x| => HD|", "md a C0| => EX|", "md b C0| => NF|",
        ]),
        ("stale while revalidate", [
            "ms a 3 c T90|old| => HD cCAS|", "md a I T30| => HD|", "mg a v t c| => VA 3 t30 cCAS X W|old|",
            "mg a v| => VA 3 Z X|old|", "ms a 3 C$cas T90|new| => HD|", "mg a v t| => VA 3 t90|new|", "md a I| => HD|",
            "md a I| => HD|", "mg a v| => VA 3 X W|new|", "set a 0 0 1|p| => STORED|", "mg a v| => VA 1|p|",
        ]),
        ("a late value is kept as stale", [
            "ms a 3 c T90|one| => HD cCAS|", "md a I| => HD|", "ms a 3 I C$cas T10|two| => HD|",
            "mg a v t c| => VA 3 t90 cCAS X W|two|",
            "ms a 3 I C$high|six| => EX|", "ms a 3 I C$cas T10|six| => HD|", "mg a v t| => VA 3 t10|six|",
            "ms b 1 I C5|x| => NF|",
        ]),
        ("vivify", [
            "mg a s c v N30 t| => VA 0 s0 cCAS t30 W||", "mg a s v N30| => VA 0 s0 Z||", "ms a 3 C$cas T60|new| => HD|",
            "mg a v N30 t| => VA 3 t60|new|", "mg b N0 t| => HD t-1 W|", "mg b| => HD Z|", "mg b N0 q|mn| => HD Z|MN|",
        ]),
        ("recache before it expires", [
            "ms a 1 T100|x| => HD|", "mg a R30 t| => HD t100|", "mg a R200 v| => VA 1 W|x|",
            "mg a R200 v| => VA 1 Z|x|",
            "ms a 1 T100|y| => HD|", "mg a R200| => HD W|", "ms b 1 T0|x| => HD|", "mg b R200| => HD|",
        ]),
        ("md x", [
            "ms a 3 F5 T90|abc| => HD|", "md a x| => HD|", "mg a v f t| => VA 0 f0 t-1||", "ms b 3 T90|abc| => HD|",
            "md b I x T20| => HD|", "mg b v t| => VA 0 t20 X W||", "md c x| => NF|",
        ]),
        ("ma", [
            "ma n| => NF|", "ma n N0 J13 v| => VA 2|13|", "ma n v| => VA 2|14|", "ma n D6 MD v| => VA 1|8|",
            "mg n v| => VA 2|8 |", "ma n M- D100 v| => VA 1|0|", "ma n MI D5 v t c| => VA 1 t-1 cCAS|5|",
            "ma n C$low| => EX|",
            "ma n C$cas v T60 t| => VA 1 t60|6|", "ma n q|mn| => MN|", "ma m q k| => NF km|", "ma n N90 v| => VA 1|8|",
            "ma n MX| => CLIENT_ERROR invalid mode for ma M token|",
            "ma n Dx| => CLIENT_ERROR invalid or duplicate flag|",
            "ms t 3|abc| => HD|", "ma t| => CLIENT_ERROR cannot increment or decrement non-numeric value|",
            "ma| => ERROR|",
        ]),
        ("me and mn", ["me a| => EN|", "mn| => MN|", "me| => CLIENT_ERROR bad command line format|"]),
    ];
}
