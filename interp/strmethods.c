/* strmethods.c -- the methods of str: search, split, join, case, padding.  Replicated.
 *
 * Loops over ASCII text work on bytes; everything else goes by character through a StrBuf, which
 * settles the result's width.  Formatting methods are in format.c,
 * translation in strtranslate.c.
 * Invariant: results are exact str objects, also for instances of subclasses.
 */
#include "interp/format.h"
#include "interp/str.h"

static inline bool is_space(uint32_t c)
{
    if (c < 128)
        return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f);
    return char_flags(c) & CHAR_SPACE;
}

/* --------------------------------------------------------------- arguments */

/* A slice bound; absent or None leaves *out alone.  Too large ints are clamped. */
static bool bound_value(Value v, int64_t *out)
{
    if (v_is_undef(v) || v_is_none(v))
        return true;
    if (!is_int(v) && !type_of(v)->index) {
        raise_fmt(&exc_TypeError,
                  "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    Value i = op_index(v);
    if (v_is_error(i))
        return false;
    if (!int_as_int64(i, out))
        *out = int_sign(i) < 0 ? INT64_MIN : INT64_MAX;
    release(i);
    return true;
}

static bool range_values(Value start, Value end, int64_t n, int64_t *lo, int64_t *hi)
{
    *lo = 0;
    *hi = INT64_MAX;
    if (!bound_value(start, lo) || !bound_value(end, hi))
        return false;
    if (*hi > n)
        *hi = n;
    else if (*hi < 0)
        *hi = *hi + n < 0 ? 0 : *hi + n;
    if (*lo < 0)
        *lo = *lo + n < 0 ? 0 : *lo + n;
    return true;
}

static bool check_str(Value v)
{
    if (!is_str(v))
        raise_fmt(&exc_TypeError, "must be str, not %T", v);
    return is_str(v);
}

bool str_check_arg(Value v, const char *method, const char *which)
{
    if (!is_str(v))
        raise_fmt(&exc_TypeError, "%s() argument %smust be str, not %T", method, which, v);
    return is_str(v);
}

/* An optional count: absent is INT64_MAX, negative means no limit. */
static bool count_value(Value v, int64_t *out)
{
    *out = INT64_MAX;
    if (v_is_undef(v))
        return true;
    if (!op_as_int64(v, out))
        return false;
    if (*out < 0)
        *out = INT64_MAX;
    return true;
}

/* ------------------------------------------------------------------ search */

typedef int64_t (*FindFn)(const Str *, const Str *, int64_t, int64_t);

static bool find_in(Value *a, FindFn find, int64_t *at)
{
    int64_t lo, hi;
    if (!check_str(a[1]) || !range_values(a[2], a[3], a[0].s->n, &lo, &hi))
        return false;
    *at = find(a[0].s, a[1].s, lo, hi);
    return true;
}

static Value str_m_find(Value *a, int n)
{
    int64_t at;
    return find_in(a, str_find, &at) ? v_int(at) : V_ERROR;
}

static Value str_m_rfind(Value *a, int n)
{
    int64_t at;
    return find_in(a, str_rfind, &at) ? v_int(at) : V_ERROR;
}

static Value index_in(Value *a, FindFn find)
{
    int64_t at;
    if (!find_in(a, find, &at))
        return V_ERROR;
    return at >= 0 ? v_int(at) : raise_fmt(&exc_ValueError, "substring not found");
}

static Value str_m_index(Value *a, int n)
{
    return index_in(a, str_find);
}

static Value str_m_rindex(Value *a, int n)
{
    return index_in(a, str_rfind);
}

static Value str_m_count(Value *a, int n)
{
    int64_t lo, hi;
    if (!check_str(a[1]) || !range_values(a[2], a[3], a[0].s->n, &lo, &hi))
        return V_ERROR;
    return v_int(str_count(a[0].s, a[1].s, lo, hi, INT64_MAX));
}

static bool matches_at(const Str *s, const Str *b, int64_t at)
{
    if (s->kind == b->kind)
        return memcmp(s->data + at * s->kind, b->data, (size_t)(b->n * b->kind)) == 0;
    for (int64_t i = 0; i < b->n; i++)
        if (str_get(s, at + i) != str_get(b, i))
            return false;
    return true;
}

static bool affix_matches(const Str *s, const Str *b, int64_t lo, int64_t hi, bool at_end)
{
    return hi - lo >= b->n && matches_at(s, b, at_end ? hi - b->n : lo);
}

static Value has_affix(Value *a, const char *name, bool at_end)
{
    int64_t lo, hi;
    if (!range_values(a[2], a[3], a[0].s->n, &lo, &hi))
        return V_ERROR;
    if (is_str(a[1]))
        return v_bool(affix_matches(a[0].s, a[1].s, lo, hi, at_end));
    if (!is_tuple(a[1]))
        return raise_fmt(&exc_TypeError, "%s first arg must be str or a tuple of str, not %T", name,
                         a[1]);
    for (int64_t i = 0; i < as_tuple(a[1])->n; i++) {
        Value x = as_tuple(a[1])->at[i];
        if (!is_str(x))
            return raise_fmt(&exc_TypeError, "tuple for %s must only contain str, not %T", name, x);
        if (affix_matches(a[0].s, x.s, lo, hi, at_end))
            return V_TRUE;
    }
    return V_FALSE;
}

static Value str_m_startswith(Value *a, int n)
{
    return has_affix(a, "startswith", false);
}

static Value str_m_endswith(Value *a, int n)
{
    return has_affix(a, "endswith", true);
}

static Value str_m_removeprefix(Value *a, int n)
{
    Str *s = a[0].s;
    if (!str_check_arg(a[1], "removeprefix", ""))
        return V_ERROR;
    return str_slice(s, affix_matches(s, a[1].s, 0, s->n, false) ? a[1].s->n : 0, s->n);
}

static Value str_m_removesuffix(Value *a, int n)
{
    Str *s = a[0].s;
    if (!str_check_arg(a[1], "removesuffix", ""))
        return V_ERROR;
    return str_slice(s, 0, s->n - (affix_matches(s, a[1].s, 0, s->n, true) ? a[1].s->n : 0));
}

/* ------------------------------------------------------------------- strip */

static bool strips(const Value *chars, uint32_t c)
{
    if (!chars)
        return is_space(c);
    for (int64_t i = 0; i < chars->s->n; i++)
        if (str_get(chars->s, i) == c)
            return true;
    return false;
}

static Value strip_ends(Value *a, const char *name, bool left, bool right)
{
    Str *s = a[0].s;
    if (!v_is_none(a[1]) && !is_str(a[1]))
        return raise_fmt(&exc_TypeError, "%s arg must be None or str", name);
    const Value *chars = v_is_none(a[1]) ? NULL : &a[1];
    int64_t lo = 0, hi = s->n;
    while (left && lo < hi && strips(chars, str_get(s, lo)))
        lo++;
    while (right && lo < hi && strips(chars, str_get(s, hi - 1)))
        hi--;
    return str_slice(s, lo, hi);
}

static Value str_m_strip(Value *a, int n)
{
    return strip_ends(a, "strip", true, true);
}

static Value str_m_lstrip(Value *a, int n)
{
    return strip_ends(a, "lstrip", true, false);
}

static Value str_m_rstrip(Value *a, int n)
{
    return strip_ends(a, "rstrip", false, true);
}

/* ------------------------------------------------------------------- split */

static inline bool ascii_space(char c)
{
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f);
}

static Value split_ascii(Str *s)
{
    Value out = list_new(4);
    const char *p = s->data, *end = p + s->n;
    for (;;) {
        while (p < end && ascii_space(*p))
            p++;
        if (p == end)
            return out;
        const char *start = p;
        while (p < end && !ascii_space(*p))
            p++;
        list_push(out, str_slice(s, start - s->data, p - s->data));
    }
}

static Value split_space(Str *s, int64_t max)
{
    if (s->ascii && max == INT64_MAX)
        return split_ascii(s);
    Value out = list_new(4);
    int64_t i = 0;
    for (;; max--) {
        while (i < s->n && is_space(str_get(s, i)))
            i++;
        if (i == s->n)
            return out;
        int64_t start = i;
        if (max <= 0)
            i = s->n;
        while (i < s->n && !is_space(str_get(s, i)))
            i++;
        list_push(out, str_slice(s, start, i));
    }
}

static void list_reverse(Value list)
{
    List *l = as_list(list);
    for (int64_t i = 0, j = l->n - 1; i < j; i++, j--) {
        Value x = l->at[i];
        l->at[i] = l->at[j];
        l->at[j] = x;
    }
}

static Value rsplit_space(Str *s, int64_t max)
{
    Value out = list_new(4);
    int64_t i = s->n;
    for (;; max--) {
        while (i > 0 && is_space(str_get(s, i - 1)))
            i--;
        if (i == 0)
            break;
        int64_t end = i;
        if (max <= 0)
            i = 0;
        while (i > 0 && !is_space(str_get(s, i - 1)))
            i--;
        list_push(out, str_slice(s, i, end));
    }
    list_reverse(out);
    return out;
}

/* memchr, for a character that is mostly near. */
static inline const char *next_char(const char *at, const char *end, char c)
{
    for (const char *near = end - at > 16 ? at + 16 : end; at < near; at++)
        if (*at == c)
            return at;
    return at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
}

static Value split_text(Str *s, Str *sep, int64_t max)
{
    Value out = list_new(6);
    int64_t lo = 0;
    if (s->ascii && sep->ascii && sep->n == 1) {
        const char *hit;
        while (max-- > 0 && (hit = next_char(s->data + lo, s->data + s->n, sep->data[0])) != NULL) {
            list_push(out, str_slice(s, lo, hit - s->data));
            lo = hit - s->data + 1;
        }
        max = 0;
    }
    for (; max > 0; max--) {
        int64_t at = str_find(s, sep, lo, s->n);
        if (at < 0)
            break;
        list_push(out, str_slice(s, lo, at));
        lo = at + sep->n;
    }
    list_push(out, str_slice(s, lo, s->n));
    return out;
}

static Value rsplit_text(Str *s, Str *sep, int64_t max)
{
    Value out = list_new(4);
    int64_t hi = s->n;
    for (; max > 0; max--) {
        int64_t at = str_rfind(s, sep, 0, hi);
        if (at < 0)
            break;
        list_push(out, str_slice(s, at + sep->n, hi));
        hi = at;
    }
    list_push(out, str_slice(s, 0, hi));
    list_reverse(out);
    return out;
}

static bool check_sep(Value sep)
{
    if (!is_str(sep))
        raise_fmt(&exc_TypeError, "must be str or None, not %T", sep);
    else if (!sep.s->n)
        raise_fmt(&exc_ValueError, "empty separator");
    else
        return true;
    return false;
}

static Value str_m_split(Value *a, int n)
{
    int64_t max;
    if (!count_value(a[2], &max))
        return V_ERROR;
    if (v_is_none(a[1]))
        return split_space(a[0].s, max);
    return check_sep(a[1]) ? split_text(a[0].s, a[1].s, max) : V_ERROR;
}

static Value str_m_rsplit(Value *a, int n)
{
    int64_t max;
    if (!count_value(a[2], &max))
        return V_ERROR;
    if (v_is_none(a[1]))
        return rsplit_space(a[0].s, max);
    return check_sep(a[1]) ? rsplit_text(a[0].s, a[1].s, max) : V_ERROR;
}

static Value str_m_splitlines(Value *a, int n)
{
    Str *s = a[0].s;
    int64_t keep;
    if (!op_as_int64(a[1], &keep))
        return V_ERROR;
    Value out = list_new(4);
    for (int64_t i = 0; i < s->n;) {
        int64_t start = i;
        while (i < s->n && !(char_flags(str_get(s, i)) & CHAR_LINEBREAK))
            i++;
        int64_t end = i;
        if (i < s->n)
            i += str_get(s, i) == '\r' && i + 1 < s->n && str_get(s, i + 1) == '\n' ? 2 : 1;
        list_push(out, str_slice(s, start, keep ? i : end));
    }
    return out;
}

static Value partition_at(Value *a, bool last)
{
    Str *s = a[0].s;
    if (!check_str(a[1]))
        return V_ERROR;
    Str *sep = a[1].s;
    if (!sep->n)
        return raise_fmt(&exc_ValueError, "empty separator");
    int64_t at = last ? str_rfind(s, sep, 0, s->n) : str_find(s, sep, 0, s->n);
    if (at < 0 && last)
        return tuple_of(3, str_empty(), str_empty(), str_plain(a[0]));
    if (at < 0)
        return tuple_of(3, str_plain(a[0]), str_empty(), str_empty());
    return tuple_of(3, str_slice(s, 0, at), retain(a[1]), str_slice(s, at + sep->n, s->n));
}

static Value str_m_partition(Value *a, int n)
{
    return partition_at(a, false);
}

static Value str_m_rpartition(Value *a, int n)
{
    return partition_at(a, true);
}

/* -------------------------------------------------------------------- join */

static Value join_items(Str *sep, const Value *at, int64_t n)
{
    if (n == 0)
        return str_empty();
    int kind = n > 1 ? sep->kind : 1;
    bool ascii = n == 1 || sep->ascii;
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!is_str(at[i]))
            return raise_fmt(&exc_TypeError, "sequence item %lld: expected str instance, %T found",
                             (long long)i, at[i]);
        if (at[i].s->kind > kind)
            kind = at[i].s->kind;
        ascii = ascii && at[i].s->ascii;
        total += at[i].s->n + (i ? sep->n : 0);
    }
    if (n == 1)
        return str_plain(at[0]);
    if (total == 0)
        return str_empty();
    Str *out = str_alloc(kind, ascii, total);
    int64_t to = 0;
    if (kind == 1) {
        for (int64_t i = 0; i < n; i++) {
            if (i) {
                bytes_copy(out->data + to, sep->data, sep->n);
                to += sep->n;
            }
            bytes_copy(out->data + to, at[i].s->data, at[i].s->n);
            to += at[i].s->n;
        }
        return v_obj(out);
    }
    for (int64_t i = 0; i < n; i++) {
        if (i && sep->n) {
            chars_copy(kind, out->data, to, sep->kind, sep->data, 0, sep->n);
            to += sep->n;
        }
        chars_copy(kind, out->data, to, at[i].s->kind, at[i].s->data, 0, at[i].s->n);
        to += at[i].s->n;
    }
    return v_obj(out);
}

static Value str_m_join(Value *a, int n)
{
    if (is_exact(a[1], &type_list))
        return join_items(a[0].s, as_list(a[1])->at, as_list(a[1])->n);
    if (is_exact(a[1], &type_tuple))
        return join_items(a[0].s, as_tuple(a[1])->at, as_tuple(a[1])->n);
    Value it = op_iter(a[1]);
    if (v_is_error(it)) {
        if (!error_matches(&exc_TypeError))
            return V_ERROR;
        error_clear();
        return raise_fmt(&exc_TypeError, "can only join an iterable");
    }
    Value list = list_from_iterable(it);
    release(it);
    if (v_is_error(list))
        return list;
    Value out = join_items(a[0].s, as_list(list)->at, as_list(list)->n);
    release(list);
    return out;
}

/* ----------------------------------------------------------------- replace */

/* `with` before each of the first `count` characters, and behind the last when count is more. */
static Value insert_between(Str *s, Str *with, int64_t count)
{
    StrBuf b = {0};
    for (int64_t i = 0; i <= s->n; i++) {
        if (i < count)
            strbuf_add(&b, with, 0, with->n);
        if (i < s->n)
            strbuf_put(&b, str_get(s, i));
    }
    return strbuf_take(&b);
}

static Value replace_ascii(Str *s, Str *old, Str *with, int64_t count)
{
    Str *out = str_alloc(1, true, s->n + count * (with->n - old->n));
    int64_t from = 0, to = 0;
    for (; count > 0; count--) {
        int64_t at = str_find(s, old, from, s->n);
        memcpy(out->data + to, s->data + from, (size_t)(at - from));
        to += at - from;
        memcpy(out->data + to, with->data, (size_t)with->n);
        to += with->n;
        from = at + old->n;
    }
    memcpy(out->data + to, s->data + from, (size_t)(s->n - from));
    return v_obj(out);
}

static Value replace_wide(Str *s, Str *old, Str *with, int64_t count)
{
    StrBuf b = {0};
    int64_t from = 0;
    for (; count > 0; count--) {
        int64_t at = str_find(s, old, from, s->n);
        strbuf_add(&b, s, from, at);
        strbuf_add(&b, with, 0, with->n);
        from = at + old->n;
    }
    strbuf_add(&b, s, from, s->n);
    return strbuf_take(&b);
}

/* One ASCII character for another; the text itself when there is none. */
static Value replace_char(Value v, char old, char with, int64_t max)
{
    const char *first = max > 0 ? memchr(v.s->data, old, (size_t)v.s->n) : NULL;
    if (!first)
        return str_plain(v);
    if (v.s->n == 1)
        return str_from_char((uint8_t)with);
    Value out = str_from_ascii(v.s->data, v.s->n);
    for (char *at = out.s->data + (first - v.s->data), *end = out.s->data + v.s->n;
         max > 0 && at < end; at++)
        if (*at == old) {
            *at = with;
            max--;
        }
    return out;
}

static Value str_m_replace(Value *a, int n)
{
    Str *s = a[0].s;
    int64_t max;
    if (!str_check_arg(a[1], "replace", "1 ") || !str_check_arg(a[2], "replace", "2 ") ||
        !count_value(a[3], &max))
        return V_ERROR;
    Str *old = a[1].s, *with = a[2].s;
    if (s->ascii && old->ascii && with->ascii && old->n == 1 && with->n == 1)
        return replace_char(a[0], old->data[0], with->data[0], max);
    int64_t count = str_count(s, old, 0, s->n, max);
    if (count <= 0)
        return str_plain(a[0]);
    if (old->n == 0)
        return insert_between(s, with, count);
    int64_t total;
    if (__builtin_mul_overflow(count, with->n - old->n, &total) || total > STR_MAX)
        return raise_oom();
    if (s->n + total == 0)
        return str_empty();
    return s->ascii && with->ascii ? replace_ascii(s, old, with, count)
                                   : replace_wide(s, old, with, count);
}

/* -------------------------------------------------------------------- case */

/* Sigma at the end of a word has a small letter of its own. */
static uint32_t lower_sigma(const Str *s, int64_t i)
{
    int64_t j = i - 1;
    while (j >= 0 && (char_flags(str_get(s, j)) & CHAR_CASE_IGNORABLE))
        j--;
    if (j < 0 || !(char_flags(str_get(s, j)) & CHAR_CASED))
        return 0x3c3;
    j = i + 1;
    while (j < s->n && (char_flags(str_get(s, j)) & CHAR_CASE_IGNORABLE))
        j++;
    return j < s->n && (char_flags(str_get(s, j)) & CHAR_CASED) ? 0x3c3 : 0x3c2;
}

static void put_mapped(StrBuf *b, const Str *s, int64_t i, CharCase which)
{
    uint32_t to[3], c = str_get(s, i);
    if (which == CASE_LOWER && c == 0x3a3) {
        strbuf_put(b, lower_sigma(s, i));
        return;
    }
    int n = char_map(c, which, to);
    for (int k = 0; k < n; k++)
        strbuf_put(b, to[k]);
}

static Value map_case(Str *s, CharCase which)
{
    if (s->ascii && s->n) {
        Str *out = str_alloc(1, true, s->n);
        bool upper = which == CASE_UPPER;
        for (int64_t i = 0; i < s->n; i++) {
            uint8_t c = (uint8_t)s->data[i];
            bool turns = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
            out->data[i] = (char)(c ^ (turns ? 32 : 0));
        }
        return v_obj(out);
    }
    StrBuf b = {0};
    for (int64_t i = 0; i < s->n; i++)
        put_mapped(&b, s, i, which);
    return strbuf_take(&b);
}

static Value str_m_upper(Value *a, int n)
{
    return map_case(a[0].s, CASE_UPPER);
}

static Value str_m_lower(Value *a, int n)
{
    return map_case(a[0].s, CASE_LOWER);
}

static Value str_m_casefold(Value *a, int n)
{
    return map_case(a[0].s, CASE_FOLD);
}

static Value str_m_capitalize(Value *a, int n)
{
    StrBuf b = {0};
    for (int64_t i = 0; i < a[0].s->n; i++)
        put_mapped(&b, a[0].s, i, i ? CASE_LOWER : CASE_TITLE);
    return strbuf_take(&b);
}

static Value str_m_title(Value *a, int n)
{
    Str *s = a[0].s;
    StrBuf b = {0};
    bool inside = false;
    for (int64_t i = 0; i < s->n; i++) {
        put_mapped(&b, s, i, inside ? CASE_LOWER : CASE_TITLE);
        inside = char_flags(str_get(s, i)) & CHAR_CASED;
    }
    return strbuf_take(&b);
}

static Value str_m_swapcase(Value *a, int n)
{
    Str *s = a[0].s;
    StrBuf b = {0};
    for (int64_t i = 0; i < s->n; i++) {
        unsigned flags = char_flags(str_get(s, i));
        if (flags & CHAR_UPPER)
            put_mapped(&b, s, i, CASE_LOWER);
        else if (flags & CHAR_LOWER)
            put_mapped(&b, s, i, CASE_UPPER);
        else
            strbuf_put(&b, str_get(s, i));
    }
    return strbuf_take(&b);
}

/* -------------------------------------------------------------- predicates */

/* Every character has one of `flags`, and there is a character. */
static Value all_have(const Str *s, unsigned flags)
{
    for (int64_t i = 0; i < s->n; i++)
        if (!(char_flags(str_get(s, i)) & flags))
            return V_FALSE;
    return v_bool(s->n > 0);
}

static Value str_m_isalpha(Value *a, int n)
{
    return all_have(a[0].s, CHAR_ALPHA);
}

static Value str_m_isalnum(Value *a, int n)
{
    return all_have(a[0].s, CHAR_ALPHA | CHAR_DECIMAL | CHAR_DIGIT | CHAR_NUMERIC);
}

static Value str_m_isdecimal(Value *a, int n)
{
    return all_have(a[0].s, CHAR_DECIMAL);
}

static Value str_m_isdigit(Value *a, int n)
{
    return all_have(a[0].s, CHAR_DIGIT);
}

static Value str_m_isnumeric(Value *a, int n)
{
    return all_have(a[0].s, CHAR_NUMERIC);
}

static Value str_m_isspace(Value *a, int n)
{
    return all_have(a[0].s, CHAR_SPACE);
}

static Value str_m_isprintable(Value *a, int n)
{
    return a[0].s->n ? all_have(a[0].s, CHAR_PRINTABLE) : V_TRUE;
}

static Value str_m_isascii(Value *a, int n)
{
    return v_bool(a[0].s->ascii);
}

/* One character at least has `wanted`, none has `unwanted`. */
static Value cased_only(const Str *s, unsigned wanted, unsigned unwanted)
{
    unsigned seen = 0;
    for (int64_t i = 0; i < s->n; i++)
        seen |= char_flags(str_get(s, i));
    return v_bool((seen & wanted) && !(seen & unwanted));
}

static Value str_m_islower(Value *a, int n)
{
    return cased_only(a[0].s, CHAR_LOWER, CHAR_UPPER | CHAR_TITLE);
}

static Value str_m_isupper(Value *a, int n)
{
    return cased_only(a[0].s, CHAR_UPPER, CHAR_LOWER | CHAR_TITLE);
}

static Value str_m_istitle(Value *a, int n)
{
    bool inside = false, any = false;
    for (int64_t i = 0; i < a[0].s->n; i++) {
        unsigned flags = char_flags(str_get(a[0].s, i));
        bool capital = flags & (CHAR_UPPER | CHAR_TITLE);
        if (capital ? inside : (flags & CHAR_LOWER) && !inside)
            return V_FALSE;
        inside = flags & CHAR_CASED;
        any |= inside;
    }
    return v_bool(any);
}

static Value str_m_isidentifier(Value *a, int n)
{
    Str *s = a[0].s;
    for (int64_t i = 0; i < s->n; i++)
        if (!(char_flags(str_get(s, i)) & (i ? CHAR_ID_CONTINUE : CHAR_ID_START)))
            return V_FALSE;
    return v_bool(s->n > 0);
}

static Value str_m_expandtabs(Value *a, int n)
{
    Str *s = a[0].s;
    int64_t size, column = 0;
    if (!op_as_int64(a[1], &size))
        return V_ERROR;
    if (size > INT32_MAX || size < INT32_MIN)
        return raise_fmt(&exc_OverflowError, "Python int too large to convert to C int");
    StrBuf b = {0};
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t c = str_get(s, i);
        if (c == '\t') {
            int64_t more = size > 0 ? size - column % size : 0;
            strbuf_fill(&b, ' ', more);
            column += more;
            continue;
        }
        strbuf_put(&b, c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    return strbuf_take(&b);
}

/* ------------------------------------------------------------------- table */

static Value str_m_encode(Value *a, int n)
{
    return raise_unsupported("str.encode", "Python");
}

/* clang-format off */
const NativeDef str_methods[] = {
    {"capitalize", "self, /", str_m_capitalize, "First character in title case, the rest in lower case."},
    {"casefold", "self, /", str_m_casefold, "Text for comparisons that ignore case."},
    {"center", "self, width, fillchar=?, /", str_m_center, "Text in the middle of `width` characters."},
    {"count", "self, sub, start=?, end=?, /", str_m_count, "How often sub occurs, without overlaps."},
    {"encode", "self, encoding='utf-8', errors='strict'", str_m_encode, "Not in cnx: there is no bytes type."},
    {"endswith", "self, suffix, start=?, end=?, /", str_m_endswith, "Does the text end in suffix (or in one of a tuple)?"},
    {"expandtabs", "self, tabsize=8", str_m_expandtabs, "Tabs replaced by spaces."},
    {"find", "self, sub, start=?, end=?, /", str_m_find, "First place of sub, or -1."},
    {"format", "self, /, *args, **kwargs", str_m_format, "Replacement fields {} filled from the arguments."},
    {"format_map", "self, mapping, /", str_m_format_map, "As format(**mapping), without a copy."},
    {"index", "self, sub, start=?, end=?, /", str_m_index, "First place of sub; ValueError when there is none."},
    {"isalnum", "self, /", str_m_isalnum, "Are all characters letters or digits?"},
    {"isalpha", "self, /", str_m_isalpha, "Are all characters letters?"},
    {"isascii", "self, /", str_m_isascii, "Are all characters ASCII?"},
    {"isdecimal", "self, /", str_m_isdecimal, "Are all characters decimal digits?"},
    {"isdigit", "self, /", str_m_isdigit, "Are all characters digits?"},
    {"isidentifier", "self, /", str_m_isidentifier, "Is the text a valid name?"},
    {"islower", "self, /", str_m_islower, "Are all letters lower case?"},
    {"isnumeric", "self, /", str_m_isnumeric, "Are all characters numeric?"},
    {"isprintable", "self, /", str_m_isprintable, "Does repr show all characters as they are?"},
    {"isspace", "self, /", str_m_isspace, "Are all characters white space?"},
    {"istitle", "self, /", str_m_istitle, "Does every word begin with its only capital?"},
    {"isupper", "self, /", str_m_isupper, "Are all letters upper case?"},
    {"join", "self, iterable, /", str_m_join, "The texts of iterable with this one between them."},
    {"ljust", "self, width, fillchar=?, /", str_m_ljust, "Text at the left of `width` characters."},
    {"lower", "self, /", str_m_lower, "Text in lower case."},
    {"lstrip", "self, chars=None, /", str_m_lstrip, "Text without leading white space (or chars)."},
    {"partition", "self, sep, /", str_m_partition, "(before, sep, after) at the first sep."},
    {"removeprefix", "self, prefix, /", str_m_removeprefix, "Text without the prefix."},
    {"removesuffix", "self, suffix, /", str_m_removesuffix, "Text without the suffix."},
    {"replace", "self, old, new, count=-1, /", str_m_replace, "Text with old replaced by new."},
    {"rfind", "self, sub, start=?, end=?, /", str_m_rfind, "Last place of sub, or -1."},
    {"rindex", "self, sub, start=?, end=?, /", str_m_rindex, "Last place of sub; ValueError when there is none."},
    {"rjust", "self, width, fillchar=?, /", str_m_rjust, "Text at the right of `width` characters."},
    {"rpartition", "self, sep, /", str_m_rpartition, "(before, sep, after) at the last sep."},
    {"rsplit", "self, sep=None, maxsplit=-1", str_m_rsplit, "Words between separators, splitting from the right."},
    {"rstrip", "self, chars=None, /", str_m_rstrip, "Text without trailing white space (or chars)."},
    {"split", "self, sep=None, maxsplit=-1", str_m_split, "Words between separators."},
    {"splitlines", "self, keepends=False", str_m_splitlines, "Lines of the text."},
    {"startswith", "self, prefix, start=?, end=?, /", str_m_startswith, "Does the text start with prefix (or one of a tuple)?"},
    {"strip", "self, chars=None, /", str_m_strip, "Text without white space (or chars) at both ends."},
    {"swapcase", "self, /", str_m_swapcase, "Upper case made lower and lower made upper."},
    {"title", "self, /", str_m_title, "Every word with a capital."},
    {"translate", "self, table, /", str_m_translate, "Characters replaced through a table."},
    {"upper", "self, /", str_m_upper, "Text in upper case."},
    {"zfill", "self, width, /", str_m_zfill, "Zeros between sign and digits up to `width` characters."},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */
