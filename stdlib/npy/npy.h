/* npy.h -- the .npy format: headers read and written as NumPy 2.3 does.  Local.
 *
 * Works on bytes; who reads the file, and how the data reaches the ranks, is the caller's.  A file
 * may be hostile: every length is checked before use, and a header that was accepted describes data
 * that is there.
 */
#ifndef STDLIB_NPY_NPY_H
#define STDLIB_NPY_NPY_H

#include "runtime/dtype.h"

/* No header needs more than its first bytes: enough of a file to hand to npy_parse_header. */
enum { NPY_PREFIX_NBYTES = 1 << 17 };

typedef struct NpyHeader {
    int major, minor;
    DType dtype;
    bool swapped;       /* elements are big-endian */
    bool fortran_order; /* the first axis varies fastest */
    bool python2;       /* ints had the suffix L: NumPy warns */
    int ndim;
    int64_t shape[NDIM_MAX];
    int64_t count;   /* elements */
    int64_t data_at; /* offset of the data in the file */
} NpyHeader;

/* Parse as np.load(path, allow_pickle=False) does and check that the data is complete.
 *   bytes    the first n bytes of the file: all, or at least NPY_PREFIX_NBYTES of them
 *   nfile    the file's size
 * Errors, with NumPy's messages: ERR_EOF for an empty file; ERR_VALUE, ERR_TYPE, ERR_INDEX for a
 * broken one and for object arrays; ERR_UNSUPPORTED for what NumPy reads and cnx does not (.npz,
 * strings, records, other dtypes, more than NDIM_MAX axes).  *out is valid only on OK. */
Status npy_parse_header(const void *bytes, int64_t n, int64_t nfile, NpyHeader *out);

/* Append the header np.save writes (version 1.0) or, for `major` 2 or 3, that version's. */
void npy_write_header(Buf *out, DType t, int ndim, const int64_t *shape, bool fortran_order,
                      int major);

/* Reverse the bytes of each number in place (both parts of a complex). */
void npy_swap(void *data, int64_t count, DType t);

/* The dtype a descr string names.  Errors: ERR_VALUE, ERR_UNSUPPORTED as above. */
Status npy_parse_descr(const char *descr, int64_t n, DType *out, bool *swapped);

#endif
