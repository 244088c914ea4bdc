using System.Reflection;
using System.Xml.Linq;

namespace Hedgerow.Tidy.Tests;

/// <summary>The house: which project may know which, on the project files and on what the compiler used.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["src/Protocol/Protocol.csproj"] = [],
        ["src/Leaf/Leaf.csproj"] = ["Protocol"],
        ["src/Router/Router.csproj"] = ["Protocol"],
        ["src/Server/Server.csproj"] = ["Leaf", "Router", "Protocol"],
        ["loadgen/LoadGen.csproj"] = ["Router", "Protocol"],
    };

    private static readonly Assembly Protocol = Assembly.Load("Hedgerow.Protocol");
    private static readonly Assembly Leaf = Assembly.Load("Hedgerow.Leaf");
    private static readonly Assembly Router = Assembly.Load("Hedgerow.Router");

    [Fact]
    public void Project_references_are_the_arrows_of_the_house() => Expect.None(
        from pair in AllowedReferences
        from reference in XDocument.Load(Path.Combine(Checkout.Root, pair.Key)).Descendants("ProjectReference")
        let target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
        where !pair.Value.Contains(target)
        select $"{pair.Key} references {target}; allowed: {string.Join(", ", pair.Value)}");

    [Fact]
    public void Every_project_stands_in_its_place() => Expect.None(
        from file in Checkout.Files("*.csproj")
        where !AllowedReferences.ContainsKey(file)
            && !file.StartsWith("tests/", StringComparison.Ordinal)
            && file is not ("bench/Bench.csproj" or "bench/Garnet/GarnetHost.csproj")
        select $"{file} is no room of the house");

    [Fact]
    public void Leaf_and_router_do_not_know_each_other()
    {
        Assert.DoesNotContain(Leaf.GetReferencedAssemblies(), a => a.Name == "Hedgerow.Router");
        Assert.DoesNotContain(Router.GetReferencedAssemblies(), a => a.Name == "Hedgerow.Leaf");
    }

    [Theory]
    [InlineData("Hedgerow.Protocol")]
    [InlineData("Hedgerow.Leaf")]
    public void Protocol_and_leaf_open_no_socket(string name) =>
        Assert.DoesNotContain(
            Assembly.Load(name).GetReferencedAssemblies(),
            a => a.Name!.StartsWith("System.Net.Sockets", StringComparison.Ordinal)
                || a.Name.StartsWith("Pipelines.Sockets", StringComparison.Ordinal));

    [Fact]
    public void Router_touches_sockets_only_in_its_transport_folder() => Expect.None(
        from file in Checkout.Files("*.cs", "src/Router")
        where !file.StartsWith("src/Router/Transport/", StringComparison.Ordinal)
        from line in Checkout.Lines(file)
        where line.StartsWith("using System.Net.Sockets", StringComparison.Ordinal)
            || line.StartsWith("using Pipelines.Sockets", StringComparison.Ordinal)
        select $"{file}: {line}");

    [Fact]
    public void Policy_and_engines_take_their_time_from_outside() => Expect.None(
        from file in Checkout.Files("*.cs", "src/Protocol", "src/Leaf", "src/Router")
        from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
        where line.text.Contains("DateTime.UtcNow", StringComparison.Ordinal)
            || line.text.Contains("DateTimeOffset.UtcNow", StringComparison.Ordinal)
            || line.text.Contains("Random.Shared", StringComparison.Ordinal)
            || line.text.Contains("Environment.TickCount", StringComparison.Ordinal)
        select $"{file}:{line.number} {line.text.Trim()}");

    [Fact]
    public void Leaf_shows_only_its_service() => Expect.None(
        from type in Leaf.GetExportedTypes()
        where type.Namespace is "Hedgerow.Leaf.Cache" or "Hedgerow.Leaf.Durability"
            || type.Namespace!.StartsWith("Hedgerow.Leaf.Search", StringComparison.Ordinal)
        select $"{type.FullName} is public; the engine's insides are internal");

    [Fact]
    public void There_is_no_room_for_leftovers() => Expect.None(
        from file in Checkout.SourceFiles()
        from part in file.Split('/')
        where part is "Common" or "Utils" or "Helpers" or "Core" or "Misc" or "Shared"
        select file);

    [Fact]
    public void The_protocol_is_the_only_assembly_all_share() =>
        Assert.DoesNotContain(
            Protocol.GetReferencedAssemblies(),
            a => a.Name!.StartsWith("Hedgerow.", StringComparison.Ordinal));
}
