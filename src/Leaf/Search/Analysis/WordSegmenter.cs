using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Util;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Cuts text into words by Unicode's rules (UAX #29; words are the segments with a letter, digit or ideograph).
/// Lucene's StandardTokenizer does it, and one of them is used for text after text: the exact twin of <see
/// cref="WordScanner"/>, some 20 times slower. Not thread-safe. Words longer than <see cref="Analyzers.TermCharsMax"/>
/// are passed over and keep their position.
/// </summary>
/// <remarks>
/// Lucene's tables are of Unicode 6.3, before a zero-width joiner held a pictograph behind it (rule WB3c): what that
/// rule adds to a word is added here.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Holds arrays only; lives as long as its thread.")]
internal sealed class WordSegmenter
{
    private const char Joiner = '\u200D';

    private readonly BufferReader _reader = new();
    private readonly StandardTokenizer _tokenizer;
    private readonly IOffsetAttribute _offsets;
    private readonly IPositionIncrementAttribute _steps;
    private bool _open;

    public WordSegmenter()
    {
        _tokenizer = new StandardTokenizer(LuceneVersion.LUCENE_48, _reader)
        {
            MaxTokenLength = Analyzers.TermCharsMax,
        };
        _offsets = _tokenizer.GetAttribute<IOffsetAttribute>();
        _steps = _tokenizer.GetAttribute<IPositionIncrementAttribute>();
        _tokenizer.Dispose();
    }

    /// <summary>Place of the current word among the words of the text, from 0.</summary>
    public int Position { get; private set; }

    /// <summary>Where the current word begins.</summary>
    public int Start => _offsets.StartOffset;

    /// <summary>Where the current word ends, exclusive.</summary>
    public int Stop { get; private set; }

    /// <summary>Words of the text, those too long included; once there are no more.</summary>
    public int Count { get; private set; }

    /// <summary>Starts on a text, which is copied.</summary>
    public void Begin(ReadOnlySpan<char> text)
    {
        Leave();
        _reader.Load(text);
        _tokenizer.SetReader(_reader);
        _open = true;
        _tokenizer.Reset();
        Position = -1;
    }

    /// <summary>Steps to the next word; false when there is none.</summary>
    public bool MoveNext()
    {
        if (!_tokenizer.IncrementToken())
        {
            // The step of the end is that of the words passed over behind the last one.
            _tokenizer.End();
            Count = Position + 1 + _steps.PositionIncrement;
            return false;
        }

        Position += _steps.PositionIncrement;
        var stop = _offsets.EndOffset;
        Stop = _reader.Text[stop - 1] == Joiner ? BehindPictographs(stop) : stop;
        return true;
    }

    /// <summary>Leaves the text, at its end or before.</summary>
    public void Leave()
    {
        if (!_open) return;
        _open = false;
        _tokenizer.Dispose();
    }

    /// <summary>Where a word ends whose joiner may hold pictographs, unless that makes it too long.</summary>
    private int BehindPictographs(int stop)
    {
        var rest = _reader.Text[stop..];
        if (rest.IsEmpty) return stop;
        var next = char.IsHighSurrogate(rest[0]) && rest.Length > 1 ? rest[..2] : rest[..1];

        // One is in a cluster with another, as the copyright sign is, behind a joiner (rule GB11).
        Span<char> joined = ['\u00A9', Joiner, .. next];
        if (StringInfo.GetNextTextElementLength(joined) < joined.Length) return stop;
        var end = stop + StringInfo.GetNextTextElementLength(rest);
        return end - Start <= Analyzers.TermCharsMax ? end : stop;
    }

    /// <summary>Reads a copy of the text; Lucene asks for a reader, and a StringReader can't be used twice.</summary>
    private sealed class BufferReader : TextReader
    {
        private char[] _text = new char[1_024];
        private int _length;
        private int _at;

        public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

        public void Load(ReadOnlySpan<char> text)
        {
            if (_text.Length < text.Length) _text = new char[text.Length];
            text.CopyTo(_text);
            _length = text.Length;
            _at = 0;
        }

        public override int Peek() => _at < _length ? _text[_at] : -1;

        public override int Read() => _at < _length ? _text[_at++] : -1;

        public override int Read(char[] buffer, int index, int count)
        {
            var taken = Math.Min(count, _length - _at);
            Array.Copy(_text, _at, buffer, index, taken);
            _at += taken;
            return taken;
        }
    }
}
