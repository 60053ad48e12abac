/* timemod.c -- the time module: clocks and sleep.  Replicated.
 *
 * Reading a clock is a fence: what was submitted is done, then rank 0's value is everybody's.
 */
#include <math.h>

#include "interp/frame.h"
#include "interp/objects.h"

static Value seconds(ClockKind which)
{
    return v_float(interp_clock(which));
}

static Value nanoseconds(ClockKind which)
{
    interp_hooks.fence();
    return v_int(interp_hooks.clock_ns(which));
}

static Value f_time(Value *a, int n)
{
    return seconds(CLOCK_TIME);
}
static Value f_perf_counter(Value *a, int n)
{
    return seconds(CLOCK_PERF);
}
static Value f_monotonic(Value *a, int n)
{
    return seconds(CLOCK_MONO);
}
static Value f_process_time(Value *a, int n)
{
    return seconds(CLOCK_PROCESS);
}
static Value f_time_ns(Value *a, int n)
{
    return nanoseconds(CLOCK_TIME);
}
static Value f_perf_counter_ns(Value *a, int n)
{
    return nanoseconds(CLOCK_PERF);
}
static Value f_monotonic_ns(Value *a, int n)
{
    return nanoseconds(CLOCK_MONO);
}
static Value f_process_time_ns(Value *a, int n)
{
    return nanoseconds(CLOCK_PROCESS);
}

static Value f_sleep(Value *a, int n)
{
    double s;
    if (!is_int(a[0]) && !is_float(a[0]))
        return raise_fmt(&exc_TypeError, "'%T' object cannot be interpreted as an integer", a[0]);
    if (!op_as_float(a[0], &s))
        return V_ERROR;
    if (isnan(s))
        return raise_fmt(&exc_ValueError, "Invalid value NaN (not a number)");
    if (s < 0)
        return raise_fmt(&exc_ValueError, "sleep length must be non-negative");
    if (s > 9e9)
        return raise_fmt(&exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
    interp_hooks.fence();
    interp_hooks.sleep_ns((int64_t)(s * 1e9));
    return interp_poll() ? V_NONE : V_ERROR;
}

static const NativeDef time_natives[] = {
    {"time", "", f_time, "Seconds since 1970."},
    {"perf_counter", "", f_perf_counter, "Seconds of a clock for short times."},
    {"monotonic", "", f_monotonic, "Seconds of a clock that never goes back."},
    {"process_time", "", f_process_time, "Seconds of processor time."},
    {"time_ns", "", f_time_ns, NULL},
    {"perf_counter_ns", "", f_perf_counter_ns, NULL},
    {"monotonic_ns", "", f_monotonic_ns, NULL},
    {"process_time_ns", "", f_process_time_ns, NULL},
    {"sleep", "seconds, /", f_sleep, "Wait."},
    {0},
};

static Value time_missing(Module *m, Str *name)
{
    static const char *const names[] = {"strftime",
                                        "gmtime",
                                        "localtime",
                                        "asctime",
                                        "ctime",
                                        "mktime",
                                        "strptime",
                                        "struct_time",
                                        "thread_time",
                                        "thread_time_ns",
                                        "timezone",
                                        "altzone",
                                        "daylight",
                                        "tzname",
                                        "tzset",
                                        "get_clock_info",
                                        "clock_gettime",
                                        "clock_gettime_ns",
                                        "clock_getres",
                                        "clock_settime",
                                        "CLOCK_MONOTONIC",
                                        "CLOCK_REALTIME",
                                        "CLOCK_PROCESS_CPUTIME_ID",
                                        "CLOCK_THREAD_CPUTIME_ID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equals(name, names[i])) {
            Buf b = {0};
            buf_printf(&b, "time.%s", names[i]);
            Value r = raise_unsupported(buf_text(&b), "Python");
            buf_free(&b);
            return r;
        }
    return V_UNDEF;
}

Value time_module(void)
{
    Value m = module_new("time", "Clocks and waiting.");
    ((Module *)m.o)->missing = time_missing;
    module_add_natives(m, time_natives);
    return m;
}
