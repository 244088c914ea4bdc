using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Tests.Service;

namespace Hedgerow.Leaf.Tests.Durability;

public sealed class LeafDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-leaf-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_new_directory_gets_its_version_and_opens_again()
    {
        var path = Path.Combine(_root, "new", "deep");
        using (LeafDirectory.Open(path, DiskFiles.Instance))
            Assert.Equal("hedgerow data 1\n", File.ReadAllText(Path.Combine(path, "VERSION")));
        using var again = LeafDirectory.Open(path, DiskFiles.Instance);
        Assert.Equal(Path.Combine(path, "shard-3", "shop+goods"), again.Collection(3, "shop/goods"));
    }

    [Fact]
    public async Task A_directory_of_another_version_is_refused_and_both_are_named()
    {
        File.WriteAllText(Path.Combine(_root, "VERSION"), "hedgerow data 7\n");
        var error = await Refused(_root);
        Assert.Contains("'hedgerow data 7'", error);
        Assert.Contains("'hedgerow data 1'", error);
    }

    [Fact]
    public async Task A_directory_in_use_is_refused()
    {
        await using var first = await LeafUnderTest.Open(LeafUnderTest.SmallOptions with { DataDirectory = _root });
        Assert.Contains("in use by another process", await Refused(_root));
    }

    [Fact]
    public async Task A_directory_is_free_again_when_its_leaf_is_closed()
    {
        for (var i = 0; i < 3; i++)
            await (await LeafUnderTest.Open(LeafUnderTest.SmallOptions with { DataDirectory = _root })).DisposeAsync();
    }

    [Fact]
    public async Task A_directory_with_strange_files_is_refused()
    {
        File.WriteAllText(Path.Combine(_root, "thesis.txt"), "mine");
        Assert.Contains("thesis.txt", await Refused(_root));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_root, "thesis.txt")));
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_directory_is_refused()
    {
        var path = Path.Combine(_root, "file");
        File.WriteAllText(path, "");
        Assert.Contains("is a file", await Refused(path));
    }

    [Fact]
    public void A_directory_without_permission_is_refused_with_the_user_and_what_to_do()
    {
        var error = Assert.Throws<IOException>(() => LeafDirectory.Open(_root, new NoPermission()));
        Assert.Contains(Environment.UserName, error.Message);
        Assert.Contains("permission", error.Message);
    }

    [Fact]
    public async Task A_directory_that_may_not_be_written_is_refused()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("needs a user whom permissions bind");
            return;
        }

        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("permission", await Refused(_root));
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }

    private static async Task<string> Refused(string path) => (await Assert.ThrowsAsync<IOException>(
        () => LeafUnderTest.Open(LeafUnderTest.SmallOptions with { DataDirectory = path }))).Message;

    private sealed class NoPermission : IFileStore
    {
        public void CreateDirectory(string path) =>
            throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");

        public bool Exists(string path) => throw new UnauthorizedAccessException();

        public IReadOnlyList<string> FileNames(string directory) => throw new UnauthorizedAccessException();

        public byte[] Read(string path) => throw new UnauthorizedAccessException();

        public IReadFile OpenRead(string path) => throw new UnauthorizedAccessException();

        public void Move(string from, string to) => throw new UnauthorizedAccessException();

        public IAppendFile Create(string path) => throw new UnauthorizedAccessException();

        public IAppendFile Resume(string path, long length) => throw new UnauthorizedAccessException();

        public void Replace(string path, ReadOnlySpan<byte> content) => throw new UnauthorizedAccessException();

        public void Delete(string path) => throw new UnauthorizedAccessException();

        public void SyncDirectory(string path) => throw new UnauthorizedAccessException();
    }
}
