using Hedgerow.Leaf.Search.Queries;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Queries;
using Lucene.Net.Queries.Function;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;
using GeoPoint = Hedgerow.Protocol.GeoPoint;

namespace Hedgerow.Bench.Values;

/// <summary>
/// Lucene.NET 4.8, one segment, mapped. It has no points: a circle is two numeric ranges around it, and the distance by
/// the values of what is in both.
/// </summary>
internal sealed class LuceneNetValues : IValueEngine
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;

    private readonly DirectoryReader _reader;
    private readonly IndexSearcher _searcher;

    public LuceneNetValues(ValueCorpus corpus, string folder)
    {
        using (var directory = new MMapDirectory(folder))
        {
            var config = new IndexWriterConfig(Version, new WhitespaceAnalyzer(Version))
            {
                Similarity = new BM25Similarity(), RAMBufferSizeMB = 256, MergeScheduler = new SerialMergeScheduler(),
            };
            using var writer = new IndexWriter(directory, config);
            foreach (var row in corpus.Rows)
            {
                writer.AddDocument(
                [
                    new DoubleField("lat", row.Place.Latitude, Field.Store.NO),
                    new DoubleField("lon", row.Place.Longitude, Field.Store.NO),
                    new DoubleDocValuesField("latValue", row.Place.Latitude),
                    new DoubleDocValuesField("lonValue", row.Place.Longitude),
                    new StringField("code", row.Code, Field.Store.NO),
                    new NumericDocValuesField("visits", row.Visits),
                    new TextField("words", row.Words, Field.Store.NO),
                ]);
            }

            writer.ForceMerge(1);
            writer.Commit();
        }

        _reader = DirectoryReader.Open(new MMapDirectory(folder));
        _searcher = new IndexSearcher(_reader) { Similarity = new BM25Similarity() };
    }

    public long Within(GeoPoint center, double metres)
    {
        var north = metres / GreatCircle.Radius * 180 / Math.PI;
        var east = north / Math.Cos(Math.Min(89, Math.Abs(center.Latitude) + north) * Math.PI / 180);
        var (low, high) = (center.Longitude - east, center.Longitude + east);
        Query around = low < -180 || high > 180
            ? new BooleanQuery
            {
                { Range("lon", -180, high > 180 ? high - 360 : high), Occur.SHOULD },
                { Range("lon", low < -180 ? low + 360 : low, 180), Occur.SHOULD },
            }
            : Range("lon", low, high);
        var box = new BooleanQuery
        {
            { Range("lat", center.Latitude - north, center.Latitude + north), Occur.MUST },
            { around, Occur.MUST },
        };
        return _searcher.Search(
            new ConstantScoreQuery(new FilteredQuery(box, new DistanceFilter(center, metres))), 10).TotalHits;
    }

    public long OneOf(string[] codes) => _searcher.Search(
        new ConstantScoreQuery(new TermsFilter("code", [.. codes.Select(code => new BytesRef(code))])), 10).TotalHits;

    public long Boosted(string first, string second) => _searcher.Search(
        new BoostedQuery(Either(first, second), new LogOfVisits()), 10).TotalHits;

    public long Sorted(string first, string second) => _searcher.Search(
        Either(first, second), 10, new Sort(new SortField("visits", SortFieldType.INT64, true))).TotalHits;

    public long Plain(string first, string second) => _searcher.Search(Either(first, second), 10).TotalHits;

    public void Dispose() => _reader.Dispose();

    private static BooleanQuery Either(string first, string second) => new(disableCoord: true)
    {
        { new TermQuery(new Term("words", first)), Occur.SHOULD },
        { new TermQuery(new Term("words", second)), Occur.SHOULD },
    };

    private static NumericRangeQuery<double> Range(string field, double low, double high) =>
        NumericRangeQuery.NewDoubleRange(field, low, high, true, true);

    private sealed class LogOfVisits : ValueSource
    {
        public override FunctionValues GetValues(System.Collections.IDictionary context, AtomicReaderContext reader) =>
            new Logarithms(this, reader.AtomicReader.GetNumericDocValues("visits"));

        public override bool Equals(object? o) => o is LogOfVisits;

        public override int GetHashCode() => 1;

        public override string GetDescription() => "ln(1 + visits)";

        private sealed class Logarithms(ValueSource source, NumericDocValues visits)
            : Lucene.Net.Queries.Function.DocValues.DoubleDocValues(source)
        {
            public override double DoubleVal(int doc) => Math.Log(1 + visits.Get(doc));
        }
    }

    private sealed class DistanceFilter(GeoPoint center, double metres) : Filter
    {
        public override DocIdSet GetDocIdSet(AtomicReaderContext context, IBits acceptDocs) => new Near(
            context.AtomicReader.MaxDoc, acceptDocs, context.AtomicReader.GetNumericDocValues("latValue"),
            context.AtomicReader.GetNumericDocValues("lonValue"), center, metres);

        private sealed class Near(
            int maxDoc, IBits accepted, NumericDocValues latitudes, NumericDocValues longitudes, GeoPoint center,
            double metres) : FieldCacheDocIdSet(maxDoc, accepted)
        {
            protected override bool MatchDoc(int doc)
            {
                var place = new GeoPoint(
                    BitConverter.Int64BitsToDouble(latitudes.Get(doc)),
                    BitConverter.Int64BitsToDouble(longitudes.Get(doc)));
                return GreatCircle.Metres(center, place) <= metres;
            }
        }
    }
}
