using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>What a declared schema may be, and what a second declaration of the same collection may say.</summary>
internal static class SchemaRules
{
    private const int NameCharsMax = 255;

    /// <summary>What is wrong with a schema and what is allowed; null when nothing is.</summary>
    public static string? Problem(CollectionSchema schema)
    {
        if (NameProblem(schema.Name) is { } problem) return problem;
        if (schema.Fields.Count > CollectionSchema.FieldsMax)
        {
            return $"Collection '{schema.Name}' has {schema.Fields.Count} fields; at most " +
                $"{CollectionSchema.FieldsMax} are allowed.";
        }

        if (PrefixProblem(schema) is { } ofPrefix) return ofPrefix;
        if (AnalysisRules.Problem(schema.Analysis) is { } broken)
            return $"Collection '{schema.Name}': {broken}.";
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in schema.Fields)
        {
            if (FieldProblem(schema, field) is { } wrong) return $"Collection '{schema.Name}': {wrong}.";
            if (!names.Add(field.Name)) return $"Collection '{schema.Name}': field '{field.Name}' is declared twice.";
            if (field.Alias != "" && !names.Add(field.Alias))
                return $"Collection '{schema.Name}': '{field.Alias}' names two fields.";
        }

        // Their values are arrays, which other fields would take for several values.
        foreach (var listed in schema.Fields.Where(field => field.Type is FieldType.DenseVector or FieldType.GeoPoint))
        {
            var fed = schema.Fields.Count(field => CollectionFields.SourcesOf(field).Contains(listed.Name));
            if (listed.Sources.Count == 0 && fed == 1) continue;
            return $"Collection '{schema.Name}': field '{listed.Name}' is of type {listed.Type}; it is fed by the "
                + "member of its name, and that feeds no other field.";
        }

        return null;
    }

    /// <summary>
    /// The stored schema with the new fields of a declaration behind its own; fields that the declaration leaves out
    /// stay.
    /// </summary>
    public static StatusCode Merge(
        CollectionSchema stored, CollectionSchema declared, out CollectionSchema merged, out string? error)
    {
        merged = stored;
        error = null;
        var isChanged = false;
        var fields = stored.Fields.ToList();
        foreach (var field in declared.Fields)
        {
            var known = stored.Fields.FirstOrDefault(f => f.Name == field.Name);
            if (known is null)
            {
                fields.Add(field);
            }
            else if (!CollectionFields.IsIndexedAlike(known, field) || !Feeds(known, field))
            {
                error = $"Collection '{stored.Name}': field '{field.Name}' is declared as {Describe(known)}; it " +
                    $"cannot become {Describe(field)}. New fields may be added; for another type declare a new one, or "
                    + "reindex into another collection under an alias.";
                return StatusCode.SchemaConflict;
            }
            else if (known != field with { Vector = known.Vector })
            {
                // How its queries are read, and by what it is fed besides, may change. Graphs are built as they were.
                fields[fields.IndexOf(known)] = field with { Vector = known.Vector };
                isChanged = true;
            }
        }

        var analysis = AnalysisRules.Merge(stored, declared.Analysis, out error);
        if (error is not null) return StatusCode.SchemaConflict;

        if (fields.Count > CollectionSchema.FieldsMax)
        {
            error = $"Collection '{stored.Name}' would have {fields.Count} fields; at most " +
                $"{CollectionSchema.FieldsMax} are allowed.";
            return StatusCode.TooLarge;
        }

        if (stored.Mapping == MappingMode.Dynamic != (declared.Mapping == MappingMode.Dynamic))
        {
            error = $"Collection '{stored.Name}': its mapping is {stored.Mapping}; it cannot become " +
                $"{declared.Mapping}. Strict and ignore may replace each other.";
            return StatusCode.SchemaConflict;
        }

        if (stored.OwnPrefix != declared.OwnPrefix || stored.Shape != declared.Shape
            || stored.IgnoreMalformed != declared.IgnoreMalformed)
        {
            error = $"Collection '{stored.Name}' has the path prefix '{stored.PathPrefix}', the shape {stored.Shape} " +
                $"and {(stored.IgnoreMalformed ? "passes over" : "refuses")} malformed values; none of it can change.";
            return StatusCode.SchemaConflict;
        }

        isChanged |= fields.Count > stored.Fields.Count || stored.Mapping != declared.Mapping
            || !ReferenceEquals(analysis, stored.Analysis);
        if (!isChanged) return StatusCode.Ok;
        merged = stored with { Fields = fields, Mapping = declared.Mapping, Analysis = analysis };
        error = Problem(merged);
        return error is null ? StatusCode.Ok : StatusCode.SchemaConflict;
    }

    /// <summary>Whether a field that is declared again is still fed by all that fed it.</summary>
    private static bool Feeds(FieldSchema known, FieldSchema field) =>
        CollectionFields.SourcesOf(known).All(CollectionFields.SourcesOf(field).Contains);

    /// <summary>What is wrong with a name and what is allowed; null when nothing is.</summary>
    public static string? NameProblem(string name)
    {
        var isRight = name.Length is > 0 and <= NameCharsMax
            && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' or '/')
            && name[0] != '/' && name[^1] != '/' && !name.Contains("//", StringComparison.Ordinal);
        return isRight
            ? null
            : $"The collection name '{name}' is not allowed: 1 to {NameCharsMax} characters of a-z 0-9 _ - /, no " +
                "slash at either end and no two together.";
    }

    /// <summary>
    /// What is wrong with a new collection's prefix beside those that are declared: where one of the two is its own,
    /// neither may hold the other's documents. Null when nothing is.
    /// </summary>
    public static string? PrefixConflict(CollectionSchema schema, IEnumerable<CollectionSchema> declared)
    {
        foreach (var other in declared)
        {
            var (mine, its) = (schema.PathPrefix, other.PathPrefix);
            if (schema.OwnPrefix is null && other.OwnPrefix is null) continue;
            if (!mine.StartsWith(its, StringComparison.Ordinal) && !its.StartsWith(mine, StringComparison.Ordinal))
                continue;
            return $"The prefix '{mine}' of collection '{schema.Name}' and '{its}' of collection '{other.Name}' hold " +
                "each other's documents; a path belongs to one collection.";
        }

        return null;
    }

    private static string? PrefixProblem(CollectionSchema schema)
    {
        if (schema.OwnPrefix is not { } prefix) return null;
        var bytes = System.Text.Encoding.UTF8.GetByteCount(prefix);
        return bytes is > 0 and <= CollectionSchema.PrefixBytesMax && !prefix.Contains('\uFFFD')
            ? null
            : $"The path prefix of collection '{schema.Name}' has {bytes} bytes; 1 to " +
                $"{CollectionSchema.PrefixBytesMax} of valid UTF-8 are allowed.";
    }

    private static string? FieldProblem(CollectionSchema schema, FieldSchema field)
    {
        if (field.Name.Length is 0 or > CollectionSchema.FieldNameCharsMax)
        {
            return $"a field's name has {field.Name.Length} characters; 1 to " +
                $"{CollectionSchema.FieldNameCharsMax} are allowed";
        }

        if (PathProblem(field.Name) is { } problem) return $"the field name '{field.Name}' {problem}";

        if (field.Name is SortKey.Score or SortKey.Path)
            return $"a field cannot be called '{field.Name}', which names what hits are ordered by";
        if (!Enum.IsDefined(field.Type))
            return $"field '{field.Name}': unknown type {(byte)field.Type}; known are text, keyword, number, date, " +
                "integer, boolean, geo_point, dense_vector, completion";
        var isKeyword = field.Type == FieldType.Keyword;
        if (field.Separator.Length > (isKeyword ? 1 : 0) || (field.FoldCase && !isKeyword))
        {
            return $"field '{field.Name}': the separator '{field.Separator}' is not allowed; one character of a " +
                "keyword field is, and only a keyword field folds case";
        }

        if (field.LongitudeFirst && field.Type != FieldType.GeoPoint)
            return $"field '{field.Name}' holds no places; leave longitudeFirst out";
        if (!(field.Weight > 0) || !float.IsFinite(field.Weight))
            return $"field '{field.Name}' has the weight {field.Weight}; it has to be above 0 and finite";
        if (field.Instant && (field.Type != FieldType.Text || !field.Positions))
            return $"field '{field.Name}': instant is for text fields with positions; leave it out";
        if (VectorRules.Problem(field) is { } wrong) return wrong;
        return SourcesProblem(field) ?? Analyzers.Problem(schema, field);
    }

    private static string? PathProblem(string name)
    {
        var parts = name.Split('.');
        return parts.Length <= CollectionSchema.DepthMax && !parts.Contains("")
            ? null
            : $"has {parts.Length} parts between dots; 1 to {CollectionSchema.DepthMax} are allowed, none of them "
                + "empty";
    }

    private static string? SourcesProblem(FieldSchema field)
    {
        if (field.Sources.Count > CollectionSchema.SourcesMax)
        {
            return $"field '{field.Name}' is fed by {field.Sources.Count} members; at most "
                + $"{CollectionSchema.SourcesMax} are allowed";
        }

        foreach (var source in field.Sources)
        {
            if (source.Length is 0 or > CollectionSchema.FieldNameCharsMax)
            {
                return $"field '{field.Name}' is fed by a member of {source.Length} characters; 1 to "
                    + $"{CollectionSchema.FieldNameCharsMax} are allowed";
            }

            if (PathProblem(source) is { } problem)
                return $"field '{field.Name}' is fed by the member '{source}', which {problem}";
        }

        return null;
    }

    private static string Describe(FieldSchema field) => field.Type != FieldType.Text
        ? field.Vector?.ToString() ?? field.Type.ToString().ToLowerInvariant()
            + (field.Separator == "" ? "" : $", cut at '{field.Separator}'")
            + (field.FoldCase ? ", in lower case" : "") + (field.LongitudeFirst ? ", longitude first" : "")
        : $"text ({field.Analyzer}{(field.StopWords ? ", without stop words" : "")}" +
            $"{(field.Sources.Count > 0 ? $", fed by {field.Sources}" : "")}" +
            $"{(field.Positions ? "" : ", without positions")}{(field.Norms ? "" : ", without norms")}" +
            $"{(field.Instant ? ", instant" : "")})";
}
