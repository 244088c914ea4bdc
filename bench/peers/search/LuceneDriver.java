import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;

/**
 * Lucene's side of the search benchmark: the orders of bench/Search/SearchDriver.cs, from the standard input. One
 * thread, one segment, files mapped, no query cache.
 *
 * <p>Arguments: work folder, repeat, megabytes of the indexing buffer.
 */
public final class LuceneDriver {
  private final Path work;
  private final int repeat;
  private final double bufferMegabytes;
  private final List<String[]> queries = new ArrayList<>();
  private final Random random = new Random(2);
  private final Map<String, long[][]> timings = new HashMap<>();
  private final WhitespaceAnalyzer analyzer = new WhitespaceAnalyzer();
  private IndexSearcher searcher;

  private LuceneDriver(String[] args) throws IOException {
    work = Path.of(args[0]);
    repeat = Integer.parseInt(args[1]);
    bufferMegabytes = Double.parseDouble(args[2]);
    for (String line : Files.readAllLines(work.resolve("queries.tsv"))) queries.add(line.split("\t"));
  }

  public static void main(String[] args) throws Exception {
    LuceneDriver driver = new LuceneDriver(args);
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    String order;
    while ((order = orders.readLine()) != null) {
      driver.execute(order.split(" "), answers);
      answers.println(".");
      answers.flush();
    }
  }

  private void execute(String[] order, PrintStream answers) throws IOException, ParseException {
    switch (order[0]) {
      case "index" -> answers.println(index(order[1].equals("stored"), Integer.parseInt(order[2])));
      case "open" -> open();
      case "warm" -> answers.println(loop(order[1], null, Double.parseDouble(order[2])));
      case "loop" -> answers.println(loop(order[1], order[2], Double.parseDouble(order[3])));
      case "round" -> round(order[1]);
      case "times" -> {
        long[][] timing = timings.get(order[1]);
        for (int i = 0; i < queries.size(); i++) answers.println(timing[0][i] + "\t" + timing[1][i]);
      }
      case "hits" -> {
        for (String[] query : queries) answers.println(hits(query[1]));
      }
      default -> throw new IllegalArgumentException("unknown order '" + order[0] + "'");
    }
  }

  private String index(boolean stored, int rounds) throws IOException {
    List<String> corpus = Files.readAllLines(work.resolve("corpus.txt"));
    String best = "";
    double least = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      System.gc();
      double cpu = cpuSeconds();
      long start = System.nanoTime();
      Path folder = build(corpus, stored);
      double seconds = (System.nanoTime() - start) / 1e9;
      cpu = cpuSeconds() - cpu;
      if (cpu >= least) continue;
      least = cpu;
      String variant = stored ? "stored" : "plain";
      best = variant + "\t" + seconds + "\t" + cpu + "\t" + bytes(folder, "*") + "\t" + bytes(folder, "*.fd?") + "\t"
          + (long) corpus.size() * repeat;
    }
    return best;
  }

  private Path build(List<String> corpus, boolean stored) throws IOException {
    Path folder = work.resolve(stored ? "index-lucene-stored" : "index-lucene");
    if (Files.exists(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) Files.delete(file);
      }
    }
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setNoCFSRatio(0);
    IndexWriterConfig config = new IndexWriterConfig(analyzer)
        .setSimilarity(new BM25Similarity())
        .setRAMBufferSizeMB(bufferMegabytes)
        .setMergeScheduler(new SerialMergeScheduler())
        .setMergePolicy(merges)
        .setUseCompoundFile(false);
    try (MMapDirectory directory = new MMapDirectory(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      // Stored: what our index keeps of a document too, which is its source, its path as a key, and its version.
      Field id = stored ? new StringField("id", "", Field.Store.YES) : new StoredField("id", "");
      Field text = new TextField("text", "", Field.Store.NO);
      Field version = new NumericDocValuesField("version", 1);
      Field source = new StoredField("source", "");
      Document document = new Document();
      document.add(id);
      document.add(text);
      if (stored) {
        document.add(version);
        document.add(source);
      }
      int number = 0;
      for (int pass = 0; pass < repeat; pass++) {
        for (String line : corpus) {
          id.setStringValue(stored ? "/wiki/" + (1_000_000_000 + number) : Integer.toString(number));
          number++;
          text.setStringValue(line);
          if (stored) source.setStringValue(line);
          writer.addDocument(document);
        }
      }
      writer.forceMerge(1);
      writer.commit();
    }
    return folder;
  }

  private void open() throws IOException {
    DirectoryReader reader = DirectoryReader.open(new MMapDirectory(work.resolve("index-lucene")));
    if (reader.leaves().size() != 1) throw new IOException(reader.leaves().size() + " segments");
    searcher = new IndexSearcher(reader);
    searcher.setSimilarity(new BM25Similarity());
    searcher.setQueryCache(null);
  }

  private String loop(String command, String only, double seconds) throws IOException, ParseException {
    List<String> texts = new ArrayList<>();
    for (String[] query : queries) if (only == null || query[0].equals(only)) texts.add(query[1]);
    Collections.shuffle(texts, random);
    double start = cpuSeconds();
    double taken;
    long runs = 0;
    do {
      for (String text : texts) run(command, text);
      runs += texts.size();
      taken = cpuSeconds() - start;
    } while (taken < seconds);
    return runs + " queries, " + Math.round(taken * 1e7 / runs) / 10.0 + " us of processor time each";
  }

  private void round(String command) throws IOException, ParseException {
    long[][] timing = timings.computeIfAbsent(command, key -> {
      long[][] fresh = {new long[queries.size()], new long[queries.size()]};
      Arrays.fill(fresh[0], Long.MAX_VALUE);
      return fresh;
    });
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) order.add(i);
    Collections.shuffle(order, random);
    for (int i : order) {
      long start = System.nanoTime();
      long answer = run(command, queries.get(i)[1]);
      timing[0][i] = Math.min(timing[0][i], System.nanoTime() - start);
      timing[1][i] = answer;
    }
  }

  private long run(String command, String text) throws IOException, ParseException {
    Query query = new QueryParser("text", analyzer).parse(text);
    switch (command) {
      case "COUNT":
        return searcher.count(query);
      case "TOP_10":
        return top(query, 10, 10).topDocs().scoreDocs.length;
      case "TOP_100":
        return top(query, 100, 100).topDocs().scoreDocs.length;
      case "TOP_100_COUNT":
        return top(query, 100, Integer.MAX_VALUE).topDocs().totalHits.value;
      default:
        throw new IllegalArgumentException("unknown command '" + command + "'");
    }
  }

  private TopScoreDocCollector top(Query query, int hits, int counted) throws IOException {
    TopScoreDocCollector collector = TopScoreDocCollector.create(hits, counted);
    searcher.search(query, collector);
    return collector;
  }

  private String hits(String text) throws IOException, ParseException {
    StringBuilder line = new StringBuilder();
    for (ScoreDoc hit : top(new QueryParser("text", analyzer).parse(text), 10, 10).topDocs().scoreDocs) {
      if (line.length() > 0) line.append(' ');
      line.append(hit.doc).append(':').append(hit.score);
    }
    return line.toString();
  }

  private static double cpuSeconds() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  private static long bytes(Path folder, String glob) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
      for (Path file : files) bytes += Files.size(file);
    }
    return bytes;
  }
}
