#ifndef LMG_METRICSAGG_STATS_ORDER_H
#define LMG_METRICSAGG_STATS_ORDER_H

/*
 * Sorting of numbers, and selection among all sums of pairs.  Pure.
 *
 * Every statistic sorts its values before it adds them up, so that the result
 * depends on the values and never on the order in which they were read.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Sort x ascending, in place, by the bits that differ: times of one kind share
 * most of their leading ones, and two or three passes are enough where
 * comparing takes twenty.  The order is total (-0.0 before 0.0), so that equal
 * sets become equal arrays.  No NAN.
 */
void order_sort(double *x, size_t n);

/*
 * Move the finite values of x to the front, keeping their order, and return
 * how many there are.  NAN means "not measured" everywhere in this program.
 */
size_t order_finite(double *x, size_t n);

/*
 * The k-th smallest (k from 1) of the n(n+1)/2 Walsh averages
 * (x[i] + x[j]) / 2, i <= j, of the sorted array x.  Exact, in O(n) memory and
 * O(64 n) time: bisection over the doubles, counting along a staircase.
 */
double order_walsh(const double *x, size_t n, uint64_t k);

/*
 * The centre of n values (sorted on return), the median of their Walsh averages
 * (Hodges and Lehmann 1963): half way between the mean, which one stall moves,
 * and the median, which jumps where there are two speeds.  NAN for n = 0.
 */
double order_centre(double *x, size_t n);

/*
 * The k-th smallest (k from 1) of the nx*ny differences y[j] - x[i] of two
 * sorted arrays.  Exact, no extra memory, O(64 (nx + ny)).
 */
double order_difference(const double *x, size_t nx, const double *y, size_t ny,
    uint64_t k);

/* qsort(), where rows are mostly in order already: then they are looked at
 * once. */
void order_rows(void *rows, size_t n, size_t size,
    int (*cmp)(const void *, const void *));

/* The same, then drop neighbours that compare equal.  Returns how many. */
size_t order_unique(void *rows, size_t *n, size_t size,
    int (*cmp)(const void *, const void *));

/* Of two numbers, for such a cmp. */
#define CMP(a, b) (((a) > (b)) - ((a) < (b)))

#endif
