/* test_npy.c -- .npy headers.  Local.  Messages are NumPy 2.3's. */
#include "stdlib/npy/npy.h"

#include <check.h>

/* A version 1 file: header text, then `ndata` zero bytes. */
static void make_file(Buf *out, const char *header, int64_t ndata)
{
    size_t n = strlen(header);
    buf_add(out, "\x93NUMPY\1\0", 8);
    buf_putc(out, (char)n);
    buf_putc(out, (char)(n >> 8));
    buf_add(out, header, n);
    for (; ndata > 0; ndata--)
        buf_putc(out, 0);
}

START_TEST(what_is_written_is_read)
{
    for (int t = 0; t < DT_COUNT; t++) {
        for (int ndim = 0; ndim <= 4; ndim++) {
            for (int major = 1; major <= 3; major++) {
                int64_t shape[] = {3, 1, 4, 2}, count = 1;
                Buf b = {0};
                NpyHeader h;
                for (int i = 0; i < ndim; i++)
                    count *= shape[i];
                npy_write_header(&b, (DType)t, ndim, shape, ndim == 3, major);
                ck_assert_int_eq(b.n % 64, 0);
                int64_t nfile = b.n + count * dtype_size((DType)t);
                ck_assert_int_eq(npy_parse_header(b.at, b.n, nfile, &h), OK);
                ck_assert_int_eq(h.dtype, t);
                ck_assert_int_eq(h.ndim, ndim);
                ck_assert_mem_eq(h.shape, shape, sizeof *shape * (size_t)ndim);
                ck_assert_int_eq(h.fortran_order, ndim == 3);
                ck_assert_int_eq(h.data_at, b.n);
                if (count * dtype_size((DType)t) > 0)
                    ck_assert_int_eq(npy_parse_header(b.at, b.n, nfile - 1, &h), ERR_VALUE);
                buf_free(&b);
            }
        }
    }
}
END_TEST

#define HEADER(descr, order, shape)                                                                \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

START_TEST(broken_headers)
{
    static const struct {
        const char *header;
        Status status;
        const char *message;
    } cases[] = {
        {HEADER("'<f8'", "False", "(7,)"), ERR_VALUE,
         "Failed to read all data for array. Expected (7,) = 7 elements, could only read 6 "
         "elements. (file seems not fully written?)"},
        {HEADER("'<f8'", "False", "(-2,-3)"), ERR_VALUE, "can only specify one unknown dimension"},
        {HEADER("'<f8'", "False", "(9223372036854775807,)"), ERR_VALUE,
         "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible "
         "size."},
        {HEADER("'<f8'", "False", "(4611686018427387904,4)"), ERR_VALUE,
         "cannot reshape array of size 0 into shape (4611686018427387904,4)"},
        {HEADER("'<f8'", "False", "[6]"), ERR_VALUE, "shape is not valid: [6]"},
        {HEADER("'<f8'", "0", "(6,)"), ERR_VALUE, "fortran_order is not a valid bool: 0"},
        {HEADER("'O'", "False", "(6,)"), ERR_VALUE,
         "Object arrays cannot be loaded when allow_pickle=False"},
        {HEADER("'<f9'", "False", "(6,)"), ERR_VALUE,
         "descr is not a valid dtype descriptor: '<f9'"},
        {HEADER("'<U2'", "False", "(6,)"), ERR_UNSUPPORTED, "dtype '<U2'"},
        {HEADER("[('a','<f8')]", "False", "(6,)"), ERR_UNSUPPORTED, "dtype [('a', '<f8')]"},
        {"[1]", ERR_VALUE, "Header is not a dictionary: [1]"},
        {"{'descr': 1, 'b': 2}", ERR_VALUE,
         "Header does not contain the correct keys: ['b', 'descr']"},
        {"{1: 2, 'a': 3}", ERR_TYPE, "'<' not supported between instances of 'str' and 'int'"},
        {"{'a':1 'b'}", ERR_VALUE, "Cannot parse header: \"{'a':1 'b'}\""},
        {"{[]:1}", ERR_TYPE, "unhashable type: 'list'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf b = {0};
        NpyHeader h;
        make_file(&b, cases[i].header, 48);
        ck_assert_int_eq(npy_parse_header(b.at, b.n, b.n, &h), cases[i].status);
        ck_assert_str_eq(status_text(), cases[i].message);
        buf_free(&b);
    }
}
END_TEST

/* Any cut and any changed byte gives an error or a header whose data is there. */
START_TEST(damaged_files)
{
    Buf good = {0};
    make_file(&good, HEADER("'>i4'", "True", "(2, 3)"), 24);
    for (int64_t cut = 0; cut <= good.n; cut++) {
        char *copy = xmalloc((size_t)cut);
        NpyHeader h;
        memcpy(copy, good.at, (size_t)cut);
        Status s = npy_parse_header(copy, cut, cut, &h);
        ck_assert_int_eq(s == OK, cut == good.n);
        free(copy);
    }
    for (int64_t at = 0; at < good.n - 24; at++) {
        for (int value = 0; value < 256; value++) {
            char *copy = xmalloc((size_t)good.n);
            NpyHeader h;
            memcpy(copy, good.at, (size_t)good.n);
            copy[at] = (char)value;
            if (npy_parse_header(copy, good.n, good.n, &h) == OK) {
                ck_assert_int_ge(h.count, 0);
                ck_assert_int_le(h.data_at + h.count * dtype_size(h.dtype), good.n);
            }
            free(copy);
        }
    }
    buf_free(&good);
}
END_TEST

START_TEST(heads)
{
    static const struct {
        const char *bytes;
        int n;
        Status status;
        const char *message;
    } cases[] = {
        {"", 0, ERR_EOF, "No data left in file"},
        {"\x93NUMPY\1", 7, ERR_VALUE, "EOF: reading magic string, expected 8 bytes got 7"},
        {"\x93NUMPY\1\0\x10", 9, ERR_VALUE,
         "EOF: reading array header length, expected 2 bytes got 1"},
        {"\x93NUMPY\1\0\x10\0", 10, ERR_VALUE,
         "EOF: reading array header, expected 16 bytes got 0"},
        {"\x93NUMPY\4\0\x10\0", 10, ERR_VALUE,
         "we only support format version (1,0), (2,0), and (3,0), not (4, 0)"},
        {"\x93NUMPY\3\0\1\0\0\0\xff", 13, ERR_VALUE,
         "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"},
        {"PK\3\4", 4, ERR_UNSUPPORTED, "np.load of .npz files"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NpyHeader h;
        ck_assert_int_eq(npy_parse_header(cases[i].bytes, cases[i].n, cases[i].n, &h),
                         cases[i].status);
        ck_assert_str_eq(status_text(), cases[i].message);
    }
}
END_TEST

START_TEST(bytes_are_swapped)
{
    uint16_t x[] = {0x1234, 0xff00};
    Complex64 c = {1, 2};
    npy_swap(x, 2, DT_UINT16);
    ck_assert_uint_eq(x[0], 0x3412);
    ck_assert_uint_eq(x[1], 0x00ff);
    npy_swap(&c, 1, DT_COMPLEX64);
    npy_swap(&c, 1, DT_COMPLEX64);
    ck_assert(c.re == 1 && c.im == 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("npy");
    TCase *t = tcase_create("npy");
    tcase_add_test(t, what_is_written_is_read);
    tcase_add_test(t, broken_headers);
    tcase_add_test(t, damaged_files);
    tcase_add_test(t, heads);
    tcase_add_test(t, bytes_are_swapped);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
