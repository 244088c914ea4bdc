using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The inverted index of documents written since the last refresh, numbered as they came. A document written again
/// gets a new number; what the old one left behind is dropped when the segment is built. Writer only.
/// </summary>
internal sealed class LiveBuffer
{
    private readonly CollectionFields _schema;

    public LiveBuffer(CollectionFields schema)
    {
        _schema = schema;
        Fields = [.. schema.Fields.Select(field => new FieldBuffer(field.Type))];
    }

    /// <summary>By field number.</summary>
    public FieldBuffer[] Fields { get; }

    /// <summary>Schema it was made for.</summary>
    public CollectionFields Schema => _schema;

    /// <summary>Documents taken, those written again counted each time.</summary>
    public int Documents { get; private set; }

    /// <summary>Memory held, estimated.</summary>
    public long Bytes
    {
        get
        {
            long bytes = 0;
            foreach (var buffer in Fields) bytes += buffer.Bytes;
            return bytes;
        }
    }

    /// <summary>Analyses a document and takes it in.</summary>
    /// <returns>Its number.</returns>
    public int Add(ParsedDocument document)
    {
        try
        {
            foreach (ref readonly var value in document.Values) Add(document, value);
        }
        finally
        {
            // Also of a document that an analyzer failed on: no other may get what it left.
            foreach (var field in Fields) field.EndDocument();
            Documents++;
        }

        return Documents - 1;
    }

    /// <summary>Starts over.</summary>
    public void Clear()
    {
        foreach (var field in Fields) field.Clear();
        Documents = 0;
    }

    private void Add(ParsedDocument document, in IndexedValue value)
    {
        var field = Fields[value.Field];
        switch (field.Type)
        {
            case FieldType.Text:
                field.AddText(document.Text(value), _schema.Analyzer(value.Field));
                break;
            case FieldType.Completion:
                var text = document.Text(value).ToString();
                field.AddTerm(CompletionKey.Term(_schema.Analyzer(value.Field), text), value.Bits);
                break;
            case FieldType.Keyword:
                field.AddKeyword(document.Text(value));
                break;
            case FieldType.DenseVector:
                field.AddVector(document.Vector(value));
                break;
            default:
                field.AddValue(value.Bits);
                break;
        }
    }
}
