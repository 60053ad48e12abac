/* print.c -- NumPy's text of arrays.  Local; fetches as print.h says.
 *
 * Corners holds the elements shown, C-contiguous, with the axes where something is left out.
 * The layout walks it recursively: rows of the last axis wrap at the line width, the other axes
 * separate by newlines.
 */
#include "stdlib/print/print.h"
#include "runtime/text/number.h"
#include "stdlib/print/element.h"

/* ---- options --------------------------------------------------------------------------------- */

PrintOptions print_options_default(void)
{
    return (PrintOptions){.precision = 8,
                          .edgeitems = 3,
                          .linewidth = 75,
                          .threshold = 1000,
                          .sign = '-',
                          .floatmode = FLOATMODE_MAXPREC,
                          .nanstr = "nan",
                          .infstr = "inf"};
}

static const char *const floatmode_names[] = {"fixed", "unique", "maxprec", "maxprec_equal"};

Status floatmode_parse(const char *word, FloatMode *out)
{
    for (int i = 0; i < 4; i++) {
        if (strcmp(word, floatmode_names[i]) == 0) {
            *out = (FloatMode)i;
            return OK;
        }
    }
    return fail(ERR_VALUE, "floatmode option must be one of "
                           "\"fixed\", \"unique\", \"maxprec\", \"maxprec_equal\"");
}

const char *floatmode_name(FloatMode mode)
{
    return floatmode_names[mode];
}

Status print_sign_parse(const char *word, char *out)
{
    if (strlen(word) != 1 || !strchr("-+ ", *word))
        return fail(ERR_VALUE, "sign option must be one of ' ', '+', or '-'");
    *out = *word;
    return OK;
}

/* ---- corners --------------------------------------------------------------------------------- */

typedef struct Corners {
    int ndim;
    bool summary;             /* the array is summarised */
    bool cut[NDIM_MAX];       /* elements of this axis are left out */
    int64_t shape[NDIM_MAX];  /* of data */
    int64_t stride[NDIM_MAX]; /* of data, bytes */
    int64_t count;
    char *data;
} Corners;

static int64_t shape_count(int ndim, const int64_t *shape)
{
    int64_t n = 1;
    for (int i = 0; i < ndim; i++)
        n *= shape[i];
    return n;
}

/* Copy a C-contiguous box to its place in the corners. */
static void place_box(const Corners *c, int axis, const int64_t *shape, const char **src, char *dst,
                      int64_t size)
{
    if (axis == c->ndim) {
        memcpy(dst, *src, (size_t)size);
        *src += size;
        return;
    }
    if (axis == c->ndim - 1) {
        memcpy(dst, *src, (size_t)(shape[axis] * size));
        *src += shape[axis] * size;
        return;
    }
    for (int64_t i = 0; i < shape[axis]; i++)
        place_box(c, axis + 1, shape, src, dst + i * c->stride[axis], size);
}

/* Fetch the corner whose half along each cut axis is a bit of `halves`. */
static Status fetch_corner(Corners *c, const PrintSource *a, int64_t edge, uint32_t halves)
{
    int64_t lo[NDIM_MAX + 1], hi[NDIM_MAX + 1], shape[NDIM_MAX + 1];
    char *dst = c->data;
    for (int i = 0; i < a->ndim; i++) {
        bool split = c->cut[i] && edge > 0, far = split && (halves & 1);
        if (split)
            halves >>= 1;
        lo[i] = far ? a->shape[i] - edge : 0;
        hi[i] = split && !far ? edge : a->shape[i];
        shape[i] = hi[i] - lo[i];
        dst += far ? edge * c->stride[i] : 0;
    }
    int64_t nbytes = shape_count(a->ndim, shape) * dtype_size(a->dtype);
    char *box = xmalloc((size_t)nbytes);
    const char *src = box;
    Status s = a->fetch(a->ctx, lo, hi, box);
    if (s == OK)
        place_box(c, 0, shape, &src, dst, dtype_size(a->dtype));
    free(box);
    return s;
}

/* Everything, or the corners of an array above the threshold.  With edgeitems 0 NumPy sizes the
 * columns by all elements, so all are fetched. */
static Status corners_init(Corners *c, const PrintSource *a, const PrintOptions *o)
{
    int nsplit = 0;
    memset(c, 0, sizeof *c);
    c->ndim = a->ndim;
    c->summary = (double)shape_count(a->ndim, a->shape) > o->threshold;
    int64_t stride = dtype_size(a->dtype);
    for (int i = a->ndim - 1; i >= 0; i--) {
        c->cut[i] = c->summary && o->edgeitems < (a->shape[i] + 1) / 2;
        c->shape[i] = c->cut[i] && o->edgeitems > 0 ? 2 * o->edgeitems : a->shape[i];
        nsplit += c->cut[i] && o->edgeitems > 0;
        c->stride[i] = stride;
        stride *= c->shape[i];
    }
    c->count = shape_count(c->ndim, c->shape);
    c->data = xmalloc((size_t)stride);
    Status s = OK;
    for (uint64_t halves = 0; halves < (uint64_t)1 << nsplit && s == OK; halves++)
        s = fetch_corner(c, a, o->edgeitems, (uint32_t)halves);
    return s;
}

/* ---- layout ---------------------------------------------------------------------------------- */

typedef struct Layout {
    const Corners *corners;
    const ElementFormat *format;
    const char *separator;
    int64_t nseparator, nstripped; /* bytes; without the spaces at its end */
    int64_t edge;
} Layout;

static int64_t stripped_nbytes(const char *s, int64_t n)
{
    while (n > 0 && (unsigned char)s[n - 1] < 0x80 && char_is_space((unsigned char)s[n - 1]))
        n--;
    return n;
}

/* A line under construction; `done` holds the finished ones. */
typedef struct Line {
    Buf *done;
    Buf text;
    int64_t indent, width; /* characters */
} Line;

static void line_indent(Line *line)
{
    line->text.n = 0;
    for (int64_t i = 0; i < line->indent; i++)
        buf_putc(&line->text, ' ');
}

/* Wrap before the word where it does not fit, unless the line is empty. */
static void line_add(Line *line, const char *word, int64_t n)
{
    int64_t length = text_length(line->text.at, line->text.n);
    if (length + text_length(word, n) > line->width && length > line->indent) {
        buf_add(line->done, line->text.at, (size_t)stripped_nbytes(line->text.at, line->text.n));
        buf_putc(line->done, '\n');
        line_indent(line);
    }
    buf_add(&line->text, word, (size_t)n);
}

/* Elements in front of "..." and behind it. */
static void visible(const Layout *l, int axis, int64_t *leading, int64_t *trailing)
{
    bool cut = l->corners->cut[axis];
    *leading = cut ? l->edge : 0;
    *trailing = cut ? l->edge : l->corners->shape[axis];
}

/* One row: the last axis, without its brackets.  `indent` are the spaces in front of its lines. */
static Status put_row(Buf *out, const Layout *l, const char *data, int axis, int64_t indent,
                      int64_t width)
{
    int64_t leading, trailing, n = l->corners->shape[axis];
    int64_t tail = text_length(l->separator, l->nstripped);
    Line line = {.done = out, .indent = indent, .width = width - int64_max(tail, 1)};
    Buf word = {0};
    Status s = OK;
    visible(l, axis, &leading, &trailing);
    line_indent(&line);
    int64_t shown = leading + int64_max(trailing, 1); /* NumPy shows the last one always */
    for (int64_t i = 0; i < shown && s == OK; i++) {
        if (i == leading && l->corners->cut[axis]) {
            line_add(&line, "...", 3);
            buf_add(&line.text, l->separator, (size_t)l->nseparator);
        }
        int64_t at = i < leading ? i : n - (shown - i);
        word.n = 0;
        s = element_put(&word, l->format, data + at * l->corners->stride[axis]);
        if (s != OK)
            break;
        line_add(&line, word.at, word.n);
        if (i + 1 < shown)
            buf_add(&line.text, l->separator, (size_t)l->nseparator);
    }
    if (line.text.n)
        buf_add(out, line.text.at, (size_t)line.text.n);
    buf_free(&line.text);
    buf_free(&word);
    return s;
}

static void put_spaces(Buf *out, int64_t n)
{
    for (; n > 0; n--)
        buf_putc(out, ' ');
}

static Status put_axis(Buf *out, const Layout *l, const char *data, int axis, int64_t indent,
                       int64_t width);

/* What separates items that are arrays: a newline for each axis below. */
static void start_item(Buf *out, const Layout *l, int axis, int64_t indent, bool *first)
{
    if (!*first) {
        buf_add(out, l->separator, (size_t)l->nstripped);
        for (int i = axis + 1; i < l->corners->ndim; i++)
            buf_putc(out, '\n');
    }
    *first = false;
    put_spaces(out, indent);
}

/* The items of an axis that is not the last, one above the other. */
static Status put_items(Buf *out, const Layout *l, const char *data, int axis, int64_t indent,
                        int64_t width)
{
    int64_t leading, trailing, n = l->corners->shape[axis];
    visible(l, axis, &leading, &trailing);
    int64_t shown = leading + int64_max(trailing, 1);
    bool first = true;
    for (int64_t i = 0; i < shown; i++) {
        if (i == leading && l->corners->cut[axis]) {
            start_item(out, l, axis, indent, &first);
            buf_puts(out, "...");
        }
        int64_t at = i < leading ? i : n - (shown - i);
        start_item(out, l, axis, indent, &first);
        TRY(put_axis(out, l, data + at * l->corners->stride[axis], axis + 1, indent + 1,
                     width - 1));
    }
    return OK;
}

/* "[...]" of the axes from `axis` on; the first line comes without its indent. */
static Status put_axis(Buf *out, const Layout *l, const char *data, int axis, int64_t indent,
                       int64_t width)
{
    if (axis == l->corners->ndim)
        return element_put(out, l->format, data);
    Buf body = {0};
    bool last = axis == l->corners->ndim - 1;
    Status s = (last ? put_row : put_items)(&body, l, data, axis, indent, width);
    buf_putc(out, '[');
    if (body.n > indent)
        buf_add(out, body.at + indent, (size_t)(body.n - indent));
    buf_putc(out, ']');
    buf_free(&body);
    return s;
}

Status array2string(Buf *out, const PrintSource *a, const PrintOptions *options,
                    const char *separator, const char *prefix, const char *suffix)
{
    if (shape_count(a->ndim, a->shape) == 0) {
        buf_puts(out, "[]");
        return OK;
    }
    if (options->edgeitems < 0)
        return fail(ERR_UNSUPPORTED, "negative edgeitems");
    Corners corners;
    ElementFormat format;
    Status s = corners_init(&corners, a, options);
    if (s == OK)
        s = element_format_init(&format, corners.data, corners.count, a->ndim, a->dtype, options);
    if (s == OK) {
        int64_t n = (int64_t)strlen(separator);
        Layout l = {&corners,          &format, separator, n, stripped_nbytes(separator, n),
                    options->edgeitems};
        int64_t width = options->linewidth - text_length(suffix, (int64_t)strlen(suffix));
        int64_t indent = 1 + text_length(prefix, (int64_t)strlen(prefix));
        s = put_axis(out, &l, corners.data, 0, indent, width);
    }
    free(corners.data);
    return s;
}

/* ---- str and repr ---------------------------------------------------------------------------- */

Status array_str(Buf *out, const PrintSource *a, const PrintOptions *options)
{
    if (a->ndim > 0)
        return array2string(out, a, options, " ", "", "");
    Scalar x;
    int64_t none[1] = {0};
    TRY(a->fetch(a->ctx, none, none, &x));
    scalar_str(out, a->dtype, &x);
    return OK;
}

void shape_text(Buf *out, int ndim, const int64_t *shape)
{
    buf_putc(out, '(');
    for (int i = 0; i < ndim; i++)
        buf_printf(out, i ? ", %lld" : "%lld", (long long)shape[i]);
    buf_puts(out, ndim == 1 ? ",)" : ")");
}

/* What the elements do not say: the shape when it cannot be seen, the dtype unless it is the
 * default. */
static void put_extras(Buf *out, const PrintSource *a, const PrintOptions *o)
{
    int64_t count = shape_count(a->ndim, a->shape);
    bool implied = a->dtype == DT_BOOL || a->dtype == DT_INT64 || a->dtype == DT_FLOAT64 ||
                   a->dtype == DT_COMPLEX128;
    if ((count == 0 && a->ndim != 1) || (double)count > o->threshold) {
        buf_puts(out, "shape=");
        shape_text(out, a->ndim, a->shape);
    }
    if (!implied || count == 0)
        buf_printf(out, "%sdtype=%s", out->n ? ", " : "", dtype_name(a->dtype));
}

Status array_repr(Buf *out, const PrintSource *a, const PrintOptions *options)
{
    Buf text = {0}, extras = {0};
    buf_puts(&text, "array(");
    Status s = array2string(&text, a, options, ", ", "array(", ")");
    put_extras(&extras, a, options);
    if (extras.n) {
        buf_putc(&text, ',');
        int64_t line = text.n;
        while (line > 0 && text.at[line - 1] != '\n')
            line--;
        int64_t length = text_length(text.at + line, text.n - line);
        bool fits = length + extras.n + 2 <= options->linewidth;
        buf_puts(&text, fits ? " " : "\n      ");
        buf_add(&text, extras.at, (size_t)extras.n);
    }
    buf_putc(&text, ')');
    if (s == OK)
        buf_add(out, text.at, (size_t)text.n);
    buf_free(&text);
    buf_free(&extras);
    return s;
}
