namespace Hedgerow.Server.Tests.Memcached;

public sealed class ClassicCommandTests
{
    private static readonly string LongKey = new('k', 250);

    public static TheoryData<Behind, string, string[]> Dialogues() => Dialogue.Everywhere(Rows);

    [Theory]
    [MemberData(nameof(Dialogues))]
    public Task Every_command_answers_as_memcached_does(Behind behind, string name, string[] lines) =>
        Dialogue.HoldAsync(behind, name, lines);

    private static (string Name, string[] Lines)[] Rows =>
    [
        ("get", [
            "get a| => END|", "set a 5 0 3|abc| => STORED|", "get a| => VALUE a 5 3|abc|END|",
            "get a b a| => VALUE a 5 3|abc|VALUE a 5 3|abc|END|", "gets a| => VALUE a 5 3 CAS|abc|END|",
            "get  a | => VALUE a 5 3|abc|END|", "get| => ERROR|", "gets | => ERROR|",
            $"get {LongKey}x| => CLIENT_ERROR bad command line format|", $"get {LongKey}| => END|",
            "set e 0 0 0|| => STORED|", "get e| => VALUE e 0 0||END|", "get a\n => VALUE a 5 3|abc|END|",
        ]),
        ("stores", [
            "add a 1 0 1|x| => STORED|", "add a 1 0 1|y| => NOT_STORED|", "replace b 0 0 1|y| => NOT_STORED|",
            "replace a 2 0 2|yz| => STORED|", "append a 9 9 1|!| => STORED|", "prepend a 9 9 1|?| => STORED|",
            "get a| => VALUE a 2 4|?yz!|END|", "append b 0 0 1|x| => NOT_STORED|", "prepend b 0 0 1|x| => NOT_STORED|",
            "set a 4294967295 0 1|m| => STORED|", "get a| => VALUE a 4294967295 1|m|END|",
        ]),
        ("cas", [
            "cas a 0 0 1 5|x| => NOT_FOUND|", "set a 0 0 1|x| => STORED|", "gets a| => VALUE a 0 1 CAS|x|END|",
            "cas a 7 0 1 $low|y| => EXISTS|", "cas a 7 0 1 $cas|y| => STORED|", "cas a 7 0 1 $cas|z| => EXISTS|",
            "get a| => VALUE a 7 1|y|END|", "cas a 0 0 1 0|y| => EXISTS|",
            "cas a 0 0 1 x|y| => CLIENT_ERROR bad command line format|", "cas a 0 0 1| => ERROR|",
        ]),
        ("noreply", [
            "set a 0 0 1 noreply|x|get a| => VALUE a 0 1|x|END|",
            "add a 0 0 1 noreply|y|version| => VERSION 1.6.38|",
            "append a 0 0 1 noreply|!|get a| => VALUE a 0 2|x!|END|", "touch a 0 noreply|mn| => MN|",
            "delete b noreply|mn| => MN|", "incr b 1 noreply|mn| => MN|", "delete a 0 noreply|get a| => END|",
            "verbosity 1 noreply|mn| => MN|",
            "set a 0 0 3 noreply|xy|z|mn| => ERROR|MN|", "set a 0 0 1 nonsense|x| => STORED|",
        ]),
        ("delete", [
            "delete a| => NOT_FOUND|", "set a 0 0 1|x| => STORED|", "delete a| => DELETED|", "get a| => END|",
            "set a 0 0 1|x| => STORED|", "delete a 0| => DELETED|",
            "delete a 5| => CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]|",
            "delete| => ERROR|", "delete a 0 noreply x| => ERROR|",
            $"delete {LongKey}x| => CLIENT_ERROR bad command line format|",
        ]),
        ("numbers", [
            "incr n 1| => NOT_FOUND|", "decr n 1| => NOT_FOUND|", "set n 3 0 2|10| => STORED|", "incr n 5| => 15|",
            "decr n 6| => 9|", "get n| => VALUE n 3 2|9 |END|", "incr n 1| => 10|", "decr n 100| => 0|",
            "get n| => VALUE n 3 2|0 |END|", "incr n 18446744073709551615| => 18446744073709551615|",
            "incr n 2| => 1|", "incr n -1| => CLIENT_ERROR invalid numeric delta argument|",
            "incr n x| => CLIENT_ERROR invalid numeric delta argument|", "set t 0 0 3|abc| => STORED|",
            "incr t 1| => CLIENT_ERROR cannot increment or decrement non-numeric value|",
            "set t 0 0 0|| => STORED|", "decr t 1| => CLIENT_ERROR cannot increment or decrement non-numeric value|",
            "incr n| => ERROR|",
        ]),
        ("touch", [
            "touch a 5| => NOT_FOUND|", "set a 0 0 1|x| => STORED|", "touch a 100| => TOUCHED|",
            "touch a x| => CLIENT_ERROR invalid exptime argument|", "mg a t| => HD t100|", "touch a| => ERROR|",
            "gat 50 a b| => VALUE a 0 1|x|END|", "mg a t| => HD t50|", "gats 0 a| => VALUE a 0 1 CAS|x|END|",
            "mg a t| => HD t-1|", "gat x a| => CLIENT_ERROR invalid exptime argument|", "gat 0| => END|",
            "gat| => ERROR|",
            "gats 0 b| => END|", "gat -1 a| => VALUE a 0 1|x|END|", "get a| => END|",
        ]),
        ("expired on arrival", [
            "set a 0 -1 1|x| => STORED|", "get a| => END|", "set a 0 1000000000 1|x| => STORED|", "get a| => END|",
            "set a 0 4294967296 1|x| => STORED|", "mg a t| => HD t-1|",
        ]),
        ("errors of the data block", [
            "set a 0 0 3|abcd|| => CLIENT_ERROR bad data chunk|ERROR|ERROR|", "get a| => END|",
            "set a 0 0 -1| => CLIENT_ERROR bad command line format|",
            "set a 0 0 x| => CLIENT_ERROR bad command line format|",
            "set a 0 0| => ERROR|", "set a 0 0 1 noreply x| => ERROR|",
            "set a x 0 2|mn| => CLIENT_ERROR bad command line format|",
            $"set {LongKey}x 0 0 2|mn|mn| => CLIENT_ERROR bad command line format|MN|",
            "set a 0 0 2000000|" + "mn| => SERVER_ERROR object too large for cache|",
        ]),
        ("words that are no command", [
            "nonsense| => ERROR|", "| => ERROR|", "x| => ERROR|", "GET a| => ERROR|", "getx a| => ERROR|",
            "mx a| => ERROR|", "bget a| => ERROR|",
        ]),
        ("about the server", [
            "version| => VERSION 1.6.38|", "verbosity 1| => OK|", "verbosity| => ERROR|",
            "verbosity x| => CLIENT_ERROR bad command line format|", "shutdown| => ERROR: shutdown not enabled|",
            "cache_memlimit 64| => MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust|",
            "cache_memlimit 1| => MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m|",
            "watch fetchers| => CLIENT_ERROR watch commands not allowed|",
            "lru_crawler metadump all| => CLIENT_ERROR lru crawler disabled|",
            "slabs reassign 1 2| => CLIENT_ERROR slab reassignment disabled|", "slabs| => ERROR|",
            "lru tune 1| => ERROR|",
            "stats nonsense| => ERROR|", "stats sizes| => STAT sizes_status disabled|END|", "stats reset| => RESET|",
            "stats cachedump 1 1| => CLIENT_ERROR stats cachedump not allowed|",
        ]),
    ];
}
