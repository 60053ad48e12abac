/* view.c -- boxes and views.  Replicated; pure. */
#include "runtime/plan/view.h"

/* --------------------------------------------------------------------- boxes */

Box box_whole(int ndim, const int64_t shape[])
{
    Box b = {.ndim = ndim};
    for (int d = 0; d < ndim; d++)
        b.hi[d] = shape[d];
    return b;
}

bool box_empty(const Box *b)
{
    if (b->ndim < 0)
        return true;
    for (int d = 0; d < b->ndim; d++)
        if (b->lo[d] >= b->hi[d])
            return true;
    return false;
}

int64_t box_size(const Box *b)
{
    int64_t n = b->ndim >= 0;
    for (int d = 0; d < b->ndim; d++)
        n *= b->hi[d] > b->lo[d] ? b->hi[d] - b->lo[d] : 0;
    return n;
}

bool box_intersect(const Box *a, const Box *b, Box *out)
{
    out->ndim = a->ndim;
    for (int d = 0; d < a->ndim; d++) {
        out->lo[d] = int64_max(a->lo[d], b->lo[d]);
        out->hi[d] = int64_min(a->hi[d], b->hi[d]);
        if (out->lo[d] >= out->hi[d])
            return false;
    }
    return true;
}

bool box_same(const Box *a, const Box *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->lo[d] != b->lo[d] || a->hi[d] != b->hi[d])
            return false;
    return true;
}

bool box_contains(const Box *a, const Box *b)
{
    for (int d = 0; d < a->ndim; d++)
        if (b->lo[d] < a->lo[d] || b->hi[d] > a->hi[d])
            return false;
    return true;
}

/* --------------------------------------------------------------------- views */

View view_whole(int ndim, const int64_t shape[])
{
    View v = {.ndim = ndim};
    int64_t s = 1;
    for (int d = ndim - 1; d >= 0; d--) {
        v.shape[d] = shape[d];
        v.stride[d] = s;
        s *= shape[d] > 0 ? shape[d] : 1;
    }
    return v;
}

int64_t view_size(const View *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->ndim; d++)
        n *= v->shape[d];
    return n;
}

bool view_same(const View *a, const View *b)
{
    if (a->ndim != b->ndim || a->offset != b->offset)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] != b->shape[d] || (a->shape[d] > 1 && a->stride[d] != b->stride[d]))
            return false;
    return true;
}

static void drop_axis(View *v, int axis)
{
    v->ndim--;
    for (int d = axis; d < v->ndim; d++) {
        v->shape[d] = v->shape[d + 1];
        v->stride[d] = v->stride[d + 1];
    }
}

View view_slice(const View *v, int axis, int64_t start, int64_t step, int64_t count)
{
    View r = *v;
    if (count > 0)
        r.offset += start * v->stride[axis];
    r.shape[axis] = count;
    r.stride[axis] = v->stride[axis] * step;
    return r;
}

View view_index(const View *v, int axis, int64_t i)
{
    View r = *v;
    r.offset += i * v->stride[axis];
    drop_axis(&r, axis);
    return r;
}

View view_newaxis(const View *v, int axis)
{
    View r = *v;
    for (int d = v->ndim; d > axis; d--) {
        r.shape[d] = v->shape[d - 1];
        r.stride[d] = v->stride[d - 1];
    }
    r.shape[axis] = 1;
    r.stride[axis] = 0;
    r.ndim = v->ndim + 1;
    return r;
}

View view_transpose(const View *v, const int perm[])
{
    View r = *v;
    for (int d = 0; d < v->ndim; d++) {
        r.shape[d] = v->shape[perm[d]];
        r.stride[d] = v->stride[perm[d]];
    }
    return r;
}

View view_diagonal(const View *v, int64_t offset, int axis1, int axis2)
{
    View r = *v;
    int64_t n1 = v->shape[axis1], n2 = v->shape[axis2];
    int64_t s1 = v->stride[axis1], s2 = v->stride[axis2], n;
    if (offset >= 0) {
        n = int64_min(n1, n2 - offset);
        if (n > 0)
            r.offset += offset * s2;
    } else {
        n = int64_min(n1 + offset, n2);
        if (n > 0)
            r.offset += -offset * s1;
    }
    int hi = axis1 > axis2 ? axis1 : axis2, lo = axis1 > axis2 ? axis2 : axis1;
    drop_axis(&r, hi);
    drop_axis(&r, lo);
    r.shape[r.ndim] = n > 0 ? n : 0;
    r.stride[r.ndim] = s1 + s2;
    r.ndim++;
    return r;
}

bool view_broadcast(const View *v, int ndim, const int64_t shape[], View *out)
{
    if (v->ndim > ndim)
        return false;
    View r = {.ndim = ndim, .offset = v->offset};
    int shift = ndim - v->ndim;
    for (int d = 0; d < ndim; d++) {
        r.shape[d] = shape[d];
        if (d < shift)
            continue;
        int64_t n = v->shape[d - shift];
        if (n == shape[d])
            r.stride[d] = v->stride[d - shift];
        else if (n != 1)
            return false;
    }
    *out = r;
    return true;
}

/* Group old axes and new axes into runs of equal size; inside a run the old axes must be contiguous
 * with one another. */
bool view_reshape(const View *v, int ndim, const int64_t shape[], View *out)
{
    int64_t os[NDIM_MAX], ost[NDIM_MAX];
    int on = 0;
    for (int d = 0; d < v->ndim; d++)
        if (v->shape[d] != 1) {
            os[on] = v->shape[d];
            ost[on++] = v->stride[d];
        }
    View r = {.ndim = ndim, .offset = v->offset};
    for (int d = 0; d < ndim; d++)
        r.shape[d] = shape[d];
    if (view_size(v) == 0) {
        View c = view_whole(ndim, shape);
        c.offset = v->offset;
        *out = c;
        return true;
    }
    int oi = 0, ni = 0;
    while (oi < on && ni < ndim) {
        int oj = oi + 1, nj = ni + 1;
        int64_t op = os[oi], np = shape[ni];
        while (op != np)
            if (np < op)
                np *= shape[nj++];
            else
                op *= os[oj++];
        for (int k = oi; k < oj - 1; k++)
            if (ost[k] != os[k + 1] * ost[k + 1])
                return false;
        r.stride[nj - 1] = ost[oj - 1];
        for (int k = nj - 1; k > ni; k--)
            r.stride[k - 1] = r.stride[k] * shape[k];
        oi = oj;
        ni = nj;
    }
    int64_t last = ni > 0 ? r.stride[ni - 1] : 1;
    for (; ni < ndim; ni++)
        r.stride[ni] = last;
    *out = r;
    return true;
}

bool view_is_c_contiguous(const View *v)
{
    int64_t s = 1;
    if (view_size(v) == 0)
        return true;
    for (int d = v->ndim - 1; d >= 0; d--) {
        if (v->shape[d] != 1 && v->stride[d] != s)
            return false;
        s *= v->shape[d];
    }
    return true;
}

bool view_is_f_contiguous(const View *v)
{
    int64_t s = 1;
    if (view_size(v) == 0)
        return true;
    for (int d = 0; d < v->ndim; d++) {
        if (v->shape[d] != 1 && v->stride[d] != s)
            return false;
        s *= v->shape[d];
    }
    return true;
}

bool view_range(const View *v, int64_t *lo, int64_t *hi)
{
    *lo = *hi = v->offset;
    for (int d = 0; d < v->ndim; d++) {
        if (v->shape[d] == 0)
            return false;
        int64_t e = (v->shape[d] - 1) * v->stride[d];
        if (e < 0)
            *lo += e;
        else
            *hi += e;
    }
    return true;
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a < 0 ? -a : a;
}

bool view_overlap(const View *a, const View *b)
{
    int64_t al, ah, bl, bh;
    if (!view_range(a, &al, &ah) || !view_range(b, &bl, &bh) || ah < bl || bh < al)
        return false;
    int64_t g = 0;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] > 1)
            g = gcd(g, a->stride[d]);
    for (int d = 0; d < b->ndim; d++)
        if (b->shape[d] > 1)
            g = gcd(g, b->stride[d]);
    if (g ? (a->offset - b->offset) % g != 0 : a->offset != b->offset)
        return false;
    int r = view_shares(a, b, 4096);
    return r != 0;
}

/* Is there a solution of sum coef[i] * x[i] == rhs with 0 <= x[i] <= max[i]?  Depth-first with
 * range and gcd cuts. */
typedef struct Diophantine {
    int n;
    int64_t coef[2 * NDIM_MAX], max[2 * NDIM_MAX], tail_max[2 * NDIM_MAX + 1],
        tail_gcd[2 * NDIM_MAX + 1];
    int64_t work;
    bool bounded;
} Diophantine;

static int diophantine_search(Diophantine *p, int i, int64_t rhs)
{
    if (p->bounded && --p->work < 0)
        return -1;
    if (rhs < 0 || rhs > p->tail_max[i])
        return 0;
    if (i == p->n)
        return rhs == 0;
    if (p->tail_gcd[i] && rhs % p->tail_gcd[i])
        return 0;
    int64_t c = p->coef[i];
    int64_t lo = rhs > p->tail_max[i + 1] ? ceil_div(rhs - p->tail_max[i + 1], c) : 0;
    int64_t hi = int64_min(p->max[i], rhs / c);
    for (int64_t x = hi; x >= lo; x--) {
        int r = diophantine_search(p, i + 1, rhs - c * x);
        if (r)
            return r;
    }
    return 0;
}

int view_shares(const View *a, const View *b, int64_t work)
{
    if (view_size(a) == 0 || view_size(b) == 0)
        return 0;
    Diophantine p = {.work = work, .bounded = work > 0};
    int64_t rhs = b->offset - a->offset;
    const View *pair[2] = {a, b};
    for (int s = 0; s < 2; s++)
        for (int d = 0; d < pair[s]->ndim; d++) {
            int64_t c = s ? -pair[s]->stride[d] : pair[s]->stride[d], m = pair[s]->shape[d] - 1;
            if (m == 0 || c == 0)
                continue;
            if (c < 0) { /* x -> m - x makes the coefficient positive */
                rhs -= c * m;
                c = -c;
            }
            int k = p.n++;
            while (k > 0 && p.coef[k - 1] < c) {
                p.coef[k] = p.coef[k - 1];
                p.max[k] = p.max[k - 1];
                k--;
            }
            p.coef[k] = c;
            p.max[k] = m;
        }
    for (int i = p.n - 1; i >= 0; i--) {
        p.tail_max[i] = p.tail_max[i + 1] + p.coef[i] * p.max[i];
        p.tail_gcd[i] = gcd(p.tail_gcd[i + 1], p.coef[i]);
    }
    return diophantine_search(&p, 0, rhs);
}

void view_korder(int n, const View *const v[], int ndim, int perm[])
{
    /* Insertion sort from the innermost axis outwards, as nditer does: axis a moves outwards past b
     * only when some operand says so and none objects. */
    int order[NDIM_MAX]; /* innermost first */
    for (int i = 0; i < ndim; i++)
        order[i] = ndim - 1 - i;
    for (int i = 1; i < ndim; i++) {
        int to = i, x = order[i];
        for (int j = i - 1; j >= 0; j--) {
            bool ambiguous = true, shift = false;
            for (int k = 0; k < n; k++) {
                int64_t s0 = v[k]->shape[x] == 1 ? 0 : v[k]->stride[x];
                int64_t s1 = v[k]->shape[order[j]] == 1 ? 0 : v[k]->stride[order[j]];
                if (!s0 || !s1)
                    continue;
                s0 = s0 < 0 ? -s0 : s0;
                s1 = s1 < 0 ? -s1 : s1;
                if (s1 <= s0)
                    shift = false;
                else if (ambiguous)
                    shift = true;
                ambiguous = false;
            }
            if (ambiguous)
                continue;
            if (!shift)
                break;
            to = j;
        }
        for (int j = i; j > to; j--)
            order[j] = order[j - 1];
        order[to] = x;
    }
    for (int i = 0; i < ndim; i++)
        perm[i] = order[ndim - 1 - i];
}

/* ---------------------------------------------------------------------- maps */

static void coordinates(int64_t linear, int ndim, const int64_t extent[], int64_t at[])
{
    for (int d = ndim - 1; d >= 0; d--) {
        int64_t n = extent[d] > 0 ? extent[d] : 1;
        at[d] = linear % n;
        linear /= n;
    }
}

Status view_map(const View *v, int ndim, const int64_t extent[], Map *m)
{
    m->ndim_store = ndim;
    m->ndim_view = v->ndim;
    m->nterms = 0;
    m->paired = true;
    coordinates(v->offset, ndim, extent, m->start);
    if (view_size(v) == 0)
        return OK;
    int64_t lo[NDIM_MAX], hi[NDIM_MAX], at[NDIM_MAX];
    int seen[NDIM_MAX] = {0};
    for (int d = 0; d < ndim; d++)
        lo[d] = hi[d] = m->start[d];
    for (int k = 0; k < v->ndim; k++) {
        if (v->shape[k] <= 1 || v->stride[k] == 0)
            continue;
        coordinates(v->offset + v->stride[k], ndim, extent, at);
        for (int d = 0; d < ndim; d++) {
            int64_t c = at[d] - m->start[d];
            if (!c)
                continue;
            if (m->nterms == MAP_TERMS)
                return ERR_NDIM;
            m->term[m->nterms++] = (MapTerm){(int8_t)d, (int8_t)k, c};
            m->paired &= !seen[d]++;
            *(c < 0 ? &lo[d] : &hi[d]) += c * (v->shape[k] - 1);
        }
    }
    for (int d = 0; d < ndim; d++)
        if (lo[d] < 0 || hi[d] >= extent[d])
            return ERR_NDIM;
    return OK;
}

void map_image(const Map *m, const Box *index, Box *out, int64_t step[])
{
    out->ndim = m->ndim_store;
    for (int d = 0; d < m->ndim_store; d++) {
        out->lo[d] = out->hi[d] = m->start[d];
        if (step)
            step[d] = 1;
    }
    for (int t = 0; t < m->nterms; t++) {
        MapTerm e = m->term[t];
        int d = e.store_axis;
        int64_t a = e.coef * index->lo[e.view_axis], b = e.coef * (index->hi[e.view_axis] - 1);
        out->lo[d] += int64_min(a, b);
        out->hi[d] += int64_max(a, b);
        if (step && m->paired)
            step[d] = a == b ? 1 : e.coef < 0 ? -e.coef : e.coef;
    }
    for (int d = 0; d < m->ndim_store; d++)
        out->hi[d]++;
}

bool map_preimage(const Map *m, const int64_t shape[], const Box *store, Box *out)
{
    int64_t lo[NDIM_MAX], hi[NDIM_MAX]; /* reach of all terms per store axis */
    *out = box_whole(m->ndim_view, shape);
    for (int d = 0; d < m->ndim_store; d++)
        lo[d] = hi[d] = m->start[d];
    for (int t = 0; t < m->nterms; t++) {
        MapTerm e = m->term[t];
        int64_t r = e.coef * (shape[e.view_axis] - 1);
        *(r < 0 ? &lo[e.store_axis] : &hi[e.store_axis]) += r;
    }
    for (int d = 0; d < m->ndim_store; d++)
        if (hi[d] < store->lo[d] || lo[d] >= store->hi[d])
            return false;
    for (int t = 0; t < m->nterms; t++) {
        MapTerm e = m->term[t];
        int d = e.store_axis, k = e.view_axis;
        int64_t r = e.coef * (shape[k] - 1);
        int64_t rest_lo = lo[d] - int64_min(r, 0), rest_hi = hi[d] - int64_max(r, 0);
        int64_t a = store->lo[d] - rest_hi, b = store->hi[d] - 1 - rest_lo; /* a <= coef*i <= b */
        int64_t first, last;
        if (e.coef > 0) {
            first = -floor_div(-a, e.coef);
            last = floor_div(b, e.coef);
        } else {
            first = -floor_div(b, -e.coef);
            last = floor_div(-a, -e.coef);
        }
        out->lo[k] = int64_max(out->lo[k], first);
        out->hi[k] = int64_min(out->hi[k], last + 1);
    }
    return !box_empty(out);
}

void view_print(Buf *out, const View *v)
{
    buf_printf(out, "%lld(", (long long)v->offset);
    for (int d = 0; d < v->ndim; d++)
        buf_printf(out, "%s%lld:%lld", d ? "," : "", (long long)v->shape[d],
                   (long long)v->stride[d]);
    buf_putc(out, ')');
}
