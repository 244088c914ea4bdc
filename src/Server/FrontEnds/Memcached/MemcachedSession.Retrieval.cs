using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <content>get, gets, gat and gats: keys as they come, at once over a leaf, together over a router.</content>
internal sealed partial class MemcachedSession
{
    private bool TryBeginRetrieval(ReadOnlySpan<byte> input, int lineEnd, out int used)
    {
        used = 0;
        if (!_isAuthenticated) return false;
        var line = lineEnd < 0 ? input : input[..lineEnd];
        var blanks = line.IndexOfAnyExcept((byte)' ');
        if (blanks < 0) return false;
        var length = line[blanks..].IndexOf((byte)' ');
        if (length is < 3 or > 4) return false;
        var verb = MemcachedCommands.Find(line.Slice(blanks, length));
        if (verb is not (MemcachedVerb.Get or MemcachedVerb.Gets or MemcachedVerb.Gat or MemcachedVerb.Gats))
            return false;
        _retrieval.Begin(verb);
        used = blanks + length;
        if (line.Length > MemcachedLimits.KeyBytesMax && HasLongWord(line)) RefuseRetrieval(ErrorText.BadFormat);
        return true;
    }

    private static bool HasLongWord(ReadOnlySpan<byte> line)
    {
        while (!line.IsEmpty)
        {
            var length = line.IndexOf((byte)' ');
            if (length < 0) return line.TrimEnd((byte)'\r').Length > MemcachedLimits.KeyBytesMax;
            if (length > MemcachedLimits.KeyBytesMax) return true;
            line = line[(length + 1)..];
        }

        return false;
    }

    private int TakeKeys(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (at < input.Length && !Output.IsFull)
        {
            var rest = input[at..];
            var length = rest.IndexOfAny((byte)' ', (byte)'\n');
            if (length < 0)
            {
                if (!_retrieval.IsRefused && rest.Length <= MemcachedLimits.KeyBytesMax + 1) return at;
                if (!_retrieval.IsRefused) RefuseRetrieval(ErrorText.BadFormat);
                return input.Length;
            }

            var isLast = rest[length] == '\n';
            var word = rest[..length];
            if (isLast && word.EndsWith("\r"u8)) word = word[..^1];
            if (!word.IsEmpty && !_retrieval.IsRefused && !TryTakeWord(word)) return at;
            if (isLast && !TryAskForHeld()) return at + length;
            at += length + 1;
            if (!isLast) continue;
            FinishLine();
            return at;
        }

        return at;
    }

    private bool TryTakeWord(ReadOnlySpan<byte> word)
    {
        if (_retrieval.TryTakeTime(word, NowMs, out var error))
        {
            if (!error.IsEmpty) RefuseRetrieval(error);
            return true;
        }

        if (word.Length > MemcachedLimits.KeyBytesMax)
        {
            RefuseRetrieval(ErrorText.BadFormat);
            return true;
        }

        if (_order.IsEmpty && _retrieval.Held == 0 && TryGetInline(word))
        {
            _retrieval.Saw();
            return true;
        }

        var isFull = _retrieval.Held >= (_retrieval.Touches ? 1 : MemcachedLimits.KeysAtOnceMax);
        if (isFull && !TryAskForHeld()) return false;
        _retrieval.Hold(word);
        _retrieval.Saw();
        return true;
    }

    private bool TryGetInline(ReadOnlySpan<byte> key)
    {
        StatusCode status;
        var isDone = _retrieval.Touches
            ? _inline.TryTouchAndGet(key, _retrieval.ShowsCas, _retrieval.ExpiresAtMs, out status)
            : _inline.TryGet(key, _retrieval.ShowsCas, 0, out status);
        if (!isDone) return false;
        var isHit = status == StatusCode.Ok;
        Counters.CountReads(_retrieval.Touches, isHit ? 1 : 0, isHit ? 0 : 1);
        if (status is not (StatusCode.Ok or StatusCode.NotFound) && _retrieval.Error.Length == 0)
            ErrorLines.Write(_retrieval.Error, status, default);
        return true;
    }

    // Asks for the keys held. False: it must wait for others first.
    private bool TryAskForHeld()
    {
        if (_retrieval.Held == 0) return true;
        var isOne = _retrieval.Held == 1;
        var hash = isOne ? PathHash.OfPath(_retrieval.OnlyKey) : 0;
        var order = !isOne ? OrderClass.ReadMany : _retrieval.Touches ? OrderClass.Write : OrderClass.Read;
        if (_order.MustWait(order, hash))
        {
            IsWaiting = true;
            return false;
        }

        var command = _order.Rent();
        var request = new EntryRequest
        {
            Verb = _retrieval.ShowsCas ? MemcachedVerb.Gets : MemcachedVerb.Get,
            HasTtl = _retrieval.Touches,
            ExpiresAtMs = _retrieval.ExpiresAtMs,
        };
        var body = isOne ? default : _retrieval.Request;
        command.Begin(request, order, hash, default, _retrieval.OnlyKey, body, NowMs);
        command.IsRetrieval = true;
        command.Keys = _retrieval.Held;
        _retrieval.Drop();
        Run(command);
        return true;
    }

    private void FinishLine()
    {
        var wasRefused = _retrieval.IsRefused;
        var isWhole = _retrieval.End();
        if (wasRefused) return;
        if (!isWhole) _order.Write(ErrorText.Unknown);
        else if (_order.IsEmpty) EndRetrieval();
        else _order.EndRetrieval();
    }

    private void RefuseRetrieval(ReadOnlySpan<byte> error)
    {
        _retrieval.Refuse();
        _order.Write(error);
    }

    private void EndRetrieval()
    {
        Output.Write(_retrieval.Error.Length > 0 ? _retrieval.Error.WrittenSpan : "END\r\n"u8);
        _retrieval.Error.Clear();
    }
}
