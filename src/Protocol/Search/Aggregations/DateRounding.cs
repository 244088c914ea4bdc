namespace Hedgerow.Protocol;

/// <summary>Units of the calendar. The values are wire bytes.</summary>
public enum CalendarUnit : byte
{
    /// <summary>No unit: intervals of a fixed length.</summary>
    None = 0,

    /// <summary>Seconds.</summary>
    Second = 1,

    /// <summary>Minutes.</summary>
    Minute = 2,

    /// <summary>Hours.</summary>
    Hour = 3,

    /// <summary>Days.</summary>
    Day = 4,

    /// <summary>Weeks, from Monday.</summary>
    Week = 5,

    /// <summary>Months.</summary>
    Month = 6,

    /// <summary>Quarters.</summary>
    Quarter = 7,

    /// <summary>Years.</summary>
    Year = 8,
}

/// <summary>Where the buckets of a date histogram begin.</summary>
/// <param name="Unit">A unit of the calendar, or none.</param>
/// <param name="FixedMs">Without a unit, the length of an interval in milliseconds, above 0.</param>
/// <param name="TimeZone">An IANA name, or an offset such as <c>+02:00</c>; <c>UTC</c>.</param>
/// <param name="OffsetMs">Moves all beginnings by so many milliseconds.</param>
public sealed record DateRounding(CalendarUnit Unit, long FixedMs, string TimeZone = "UTC", long OffsetMs = 0);
